import type { Member } from '../../membership';
import { nameOf, says } from '../../person/shown';

export type Filter = { state: string; tier: string; search: string };

const rank = { suspended: 0, active: 1, left: 2 };

/** Those that match, whoever needs a look first: the suspended, the active by name, then those who left. */
export function filtered(members: Member[], { state, tier, search }: Filter): Member[] {
  return members
    .filter((one) => (!state || one.state === state) && (!tier || one.tier === tier) && says(one, search))
    .sort((a, b) => rank[a.state] - rank[b.state] || nameOf(a).localeCompare(nameOf(b), 'es') || (a.id < b.id ? -1 : 1));
}
