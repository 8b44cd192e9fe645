// The acts on a member, as data: what each asks, says and sends.

import { dayOf, endOf } from '../../guildDay';
import { members, type MemberFile, type PermitKind, type Tier } from '../../membership';
import { readPlate } from '../../person/checks';
import { w } from './words';

export type Change = 'toPremium' | 'toBasic' | 'suspend' | 'resume' | 'leave' | 'comeBack' | 'plate' | 'give' | 'permit';

export type Draft = { reason: string; until: string; plate: string; cart: string; to: string; kind: PermitKind; number: string };

/** The carts that a member has now. */
export const cartsOf = (one: MemberFile) => (one.carts ?? []).filter((cart) => !cart.until).map((cart) => cart.plate);

/** What may be done, in the order of the buttons. */
export function changesFor(one: MemberFile): Change[] {
  if (one.state === 'left') return ['comeBack'];
  const tier: Change = one.tier === 'premium' ? 'toBasic' : 'toPremium';
  const carts: Change[] = cartsOf(one).length > 0 ? ['plate', 'give'] : [];
  return ['permit', tier, ...carts, one.state === 'suspended' ? 'resume' : 'suspend', 'leave'];
}

export const isDangerous = (change: Change) => change === 'suspend' || change === 'leave' || change === 'give';

/** Every wrong field of a draft, in words. */
export function wrongIn(change: Change, draft: Draft, now: number): Record<string, string> {
  const wrong: Record<string, string> = {};
  const today = dayOf(now);
  if (change === 'suspend' && !draft.reason.trim()) wrong.reason = w('reasonMissing');
  if (change === 'suspend' && draft.until && draft.until < today) wrong.until = w('suspendPast');
  if (change === 'plate' && !readPlate(draft.plate).plate) wrong.plate = w('plateMissing');
  if (change === 'give' && !draft.to) wrong.to = w('giveMissing');
  if (change === 'permit' && !draft.until) wrong.expires_on = w('permitUntilMissing');
  return wrong;
}

export function send(change: Change, id: string, d: Draft) {
  const tier = (wanted: Tier) => members.tier(id, wanted, d.reason);
  switch (change) {
    case 'toPremium':
      return tier('premium');
    case 'toBasic':
      return tier('basic');
    case 'suspend':
      return members.suspend(id, d.reason.trim(), d.until && endOf(d.until));
    case 'resume':
      return members.resume(id, d.reason);
    case 'leave':
      return members.leave(id, d.reason);
    case 'comeBack':
      return members.comeBack(id, d.plate.trim(), d.reason);
    case 'plate':
      return members.plate(id, d.cart, d.plate.trim(), d.reason);
    case 'give':
      return members.giveCart(id, d.cart, d.to, d.reason);
    case 'permit':
      return members.permit(id, { kind: d.kind, expires_on: d.until, ...(d.number.trim() && { number: d.number.trim() }) });
  }
}
