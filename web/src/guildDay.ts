import { zone } from './format';

const parts = new Intl.DateTimeFormat('en-CA', { timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' });

/** The guild's day of an instant, YYYY-MM-DD. */
export const dayOf = (at: number): string => parts.format(at);

/** The day that is `days` after `day`. */
export const dayAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T12:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** How many days lie between two days; negative when `to` is before `from`. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);

/** The instant at which a day of the guild is over. Chile is 3 or 4 hours behind UTC, and turns its clocks at midnight. */
export function endOf(day: string): string {
  const next = dayAfter(day, 1);
  const three = Date.parse(`${next}T03:00:00Z`);
  return new Date(dayOf(three) === next ? three : three + 3_600_000).toISOString();
}

/** Whether an instant is the first of a day: what ends then was good through the day before. */
export const beginsDay = (at: number): boolean => dayOf(at - 1) !== dayOf(at);
