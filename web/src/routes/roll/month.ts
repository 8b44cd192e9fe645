import { dayOf } from '../../guildDay';
import { prefs } from '../../prefs.svelte';

/** The guild's month of an instant, YYYY-MM. */
export const monthOf = (at: number): string => dayOf(at).slice(0, 7);

export const isMonth = (text: string): boolean => /^\d{4}-(0[1-9]|1[0-2])$/.test(text);

export function monthAfter(month: string, n: number): string {
  const [year = 0, at = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, at - 1 + n, 1)).toISOString().slice(0, 7);
}

/** Months to choose from, the newest first; `chosen` is always among them. */
export function choices(now: number, chosen: string, count = 24): string[] {
  const months = Array.from({ length: count }, (_, i) => monthAfter(monthOf(now), -i));
  return months.includes(chosen) ? months : [...months, chosen].sort().reverse();
}

/** `noviembre de 2026` */
export function monthText(month: string): string {
  const format = new Intl.DateTimeFormat(prefs.lang === 'es' ? 'es-CL' : 'en-GB', { timeZone: 'UTC', month: 'long', year: 'numeric' });
  return format.format(Date.parse(`${month}-15T12:00:00Z`));
}
