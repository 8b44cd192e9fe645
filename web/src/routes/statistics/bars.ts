import { date } from '../../format';
import { dayAfter, daysBetween } from '../../guildDay';
import type { By, Statistics } from '../../sales';
import { byHour } from '../sales/hours';
import { w } from './words';

const most = 60; // carts in one chart; the files have all

/** A day in words; noon is the same day in every zone of the Americas. */
const named = (day: string) => date(`${day}T16:00:00Z`);

function label(by: By, key: string): string {
  if (by === 'day' || by === 'week') return named(key);
  if (by === 'tier') return w(key === 'premium' || key === 'basic' ? key : 'none');
  return key;
}

/** What the chart and its table show: days without sales too, of carts those that sold most. */
export function bars(s: Statistics) {
  const by = s.by ?? 'day';
  const rows = s.rows ?? [];
  if (by === 'hour') return byHour(s);
  if (by === 'day' && s.from && s.to && daysBetween(s.from, s.to) < 400) {
    const units = new Map(rows.map((row) => [row.key, row.units]));
    return Array.from({ length: daysBetween(s.from, s.to) + 1 }, (_, i) => {
      const key = dayAfter(s.from!, i);
      return { key, label: named(key), value: units.get(key) ?? 0 };
    });
  }
  const all = rows.map((row) => ({ key: row.key, label: label(by, row.key), value: row.units }));
  return by === 'vendor' ? all.sort((a, b) => b.value - a.value).slice(0, most) : all;
}
