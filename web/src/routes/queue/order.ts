import type { Application } from '../../membership';
import { says } from '../../person/shown';

const rank = (one: Application) => ((one.served_as ?? one.tier) === 'premium' ? 0 : 1);

/** The order in which they are decided: premium first, then who has waited longest. One that has not paid waits with the basic ones. */
export function queued(applications: Application[]): Application[] {
  return [...applications].sort(
    (a, b) => rank(a) - rank(b) || Date.parse(a.submitted_at) - Date.parse(b.submitted_at) || (a.id < b.id ? -1 : 1),
  );
}

export const found = (applications: Application[], search: string) =>
  search.trim() ? applications.filter((one) => says(one, search)) : applications;

/** The neighbour that a key of the keyboard leads to; undefined when the key is for something else. */
export function beside(ids: string[], id: string, key: string): string | undefined {
  const at = ids.indexOf(id);
  const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: Math.max(at, 0) - 1, Home: 0, End: ids.length - 1 };
  const to = steps[key];
  return to === undefined ? undefined : ids[Math.min(Math.max(to, 0), ids.length - 1)];
}
