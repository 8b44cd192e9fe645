// When a key ends, as the form gives it: a number of days from now, or a day of the guild.

export const spans = ['30', '90', '365'] as const;

/** The instant of a choice, '' when it is none or not in the future. The end of `day` on the guild's clock is near enough: 03:59 UTC of the next. */
export function expiry(choice: string, day: string, now: number): string {
  const at = choice === 'day' ? Date.parse(`${day}T00:00:00Z`) + (24 + 4) * 3_600_000 - 60_000 : now + Number(choice) * 86_400_000;
  return Number.isFinite(at) && at > now ? new Date(at).toISOString() : '';
}
