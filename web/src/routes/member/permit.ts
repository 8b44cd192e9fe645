import { dayOf, daysBetween } from '../../guildDay';

export type PermitLook = { tone: 'herb' | 'mustard' | 'chili'; mark: string; text: 'good' | 'goodSoon' | 'goodToday' | 'over'; days: number };

/** How a permit stands on the guild's day of `now`; it is good through its last day, and wants a look `alertDays` before. */
export function lookOf(expiresOn: string, now: number, alertDays: number): PermitLook {
  const days = daysBetween(dayOf(now), expiresOn);
  if (days < 0) return { tone: 'chili', mark: '✕', text: 'over', days };
  if (days === 0) return { tone: 'chili', mark: '!', text: 'goodToday', days };
  return days <= alertDays ? { tone: 'mustard', mark: '!', text: 'goodSoon', days } : { tone: 'herb', mark: '✓', text: 'good', days };
}
