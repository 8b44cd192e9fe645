import { date, dateTime } from '../../format';
import { beginsDay } from '../../guildDay';

/** Until when, as people say it: the last day when it ends with one, else the time. */
export function untilText(iso: string): string {
  const at = Date.parse(iso);
  return beginsDay(at) ? date(new Date(at - 1).toISOString()) : dateTime(iso);
}
