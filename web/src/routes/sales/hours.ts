import type { Statistics } from '../../sales';

/** The hours from the first to the last in which either day sold something, empty ones between them too. */
export function byHour(now: Statistics, before?: Statistics) {
  const of = (s?: Statistics) => new Map((s?.rows ?? []).map((row) => [Number(row.key), row.units]));
  const [today, then] = [of(now), of(before)];
  const sold = [...today.keys(), ...then.keys()];
  if (sold.length === 0) return [];
  const first = Math.min(...sold);
  return Array.from({ length: Math.max(...sold) - first + 1 }, (_, i) => {
    const hour = first + i;
    const bar = { key: String(hour), label: `${String(hour).padStart(2, '0')}:00`, value: today.get(hour) ?? 0 };
    return before ? { ...bar, before: then.get(hour) ?? 0 } : bar;
  });
}
