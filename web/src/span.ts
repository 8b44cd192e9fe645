import { words } from './i18n';

const w = words({
  es: { s: '{n} s', min: '{n} min', h: '{n} h', day: '1 día', days: '{n} días' },
  en: { s: '{n} s', min: '{n} min', h: '{n} h', day: '1 day', days: '{n} days' },
});

/** A length of time in one unit, as people say it: 40 s, 12 min, 5 h, 3 days. */
export function span(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 90) return w('s', { n: Math.ceil(s) });
  if (s < 90 * 60) return w('min', { n: Math.round(s / 60) });
  if (s < 36 * 3600) return w('h', { n: Math.round(s / 3600) });
  const n = Math.round(s / 86_400);
  return n === 1 ? w('day') : w('days', { n });
}
