import { t } from './i18n';
import { prefs, type Lang } from './prefs.svelte';

/** The guild's clock, wherever the browser is. */
export const zone = 'America/Santiago';

const locale = (lang: Lang) => (lang === 'es' ? 'es-CL' : 'en-GB');

function cached<T>(make: (lang: Lang) => T): () => T {
  const made: Partial<Record<Lang, T>> = {};
  return () => (made[prefs.lang] ??= make(prefs.lang));
}

const whole = cached((l) => new Intl.NumberFormat(locale(l), { maximumFractionDigits: 0, useGrouping: true }));
const tenth = cached((l) => new Intl.NumberFormat(locale(l), { maximumFractionDigits: 1 }));
const clock = cached(
  (l) => new Intl.DateTimeFormat(locale(l), { timeZone: zone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
);
const dated = cached(
  (l) =>
    new Intl.DateTimeFormat(locale(l), {
      timeZone: zone,
      day: 'numeric',
      month: 'short',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    }),
);
const calendar = { day: 'numeric', month: 'short', year: 'numeric' } as const;
const exact = cached(
  (l) => new Intl.DateTimeFormat(locale(l), { timeZone: zone, ...calendar, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }),
);
const dateOnly = cached((l) => new Intl.DateTimeFormat(locale(l), { timeZone: zone, ...calendar }));
const long = cached(
  (l) => new Intl.DateTimeFormat(locale(l), { timeZone: 'UTC', weekday: 'long', day: 'numeric', month: 'long' }),
);

export const number = (n: number) => whole().format(n);
export const decimal = (n: number) => tenth().format(n);

/** Pesos have no decimals, and a dot between thousands in every language: `$1.500`. */
export function pesos(n: number): string {
  const digits = String(Math.abs(Math.round(n))).replace(/\B(?=(\d{3})+$)/g, '.');
  return `${n < 0 ? '−' : ''}$${digits}`;
}

/** A day of the guild (`YYYY-MM-DD`) in words. */
export function day(iso: string): string {
  const at = Date.parse(`${iso}T12:00:00Z`);
  return Number.isNaN(at) ? iso : long().format(at).replace(',', '');
}

/** An instant on the guild's clock: the time, and the date too when it is not from the last 18 h. */
export function moment(iso: string, now: number): string {
  const at = Date.parse(iso);
  if (Number.isNaN(at)) return iso;
  return Math.abs(now - at) < 18 * 3_600_000 ? clock().format(at) : dated().format(at);
}

/** An instant in full on the guild's clock, with its year. */
export function dateTime(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : exact().format(at);
}

/** The guild's day of an instant, with its year. */
export function date(iso: string): string {
  const at = Date.parse(iso);
  return Number.isNaN(at) ? iso : dateOnly().format(at);
}

export type Age = { unit: 'now' | 's' | 'min' | 'h' | 'date'; n: number };

/** How long ago, in the coarsest unit that still moves: seconds up to 90, minutes up to 90, hours to 36. */
export function age(at: number, now: number): Age {
  const s = Math.max(0, Math.floor((now - at) / 1000));
  if (s < 2) return { unit: 'now', n: s };
  if (s < 90) return { unit: 's', n: s };
  if (s < 90 * 60) return { unit: 'min', n: Math.floor(s / 60) };
  if (s < 36 * 3600) return { unit: 'h', n: Math.floor(s / 3600) };
  return { unit: 'date', n: s };
}

export function ago(at: number, now: number): string {
  if (Number.isNaN(at)) return t('ago.never');
  const { unit, n } = age(at, now);
  if (unit === 'date') return dated().format(at);
  return t(`ago.${unit}`, { n });
}
