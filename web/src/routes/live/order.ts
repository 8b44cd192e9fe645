import type { Alert, Application, Cart, CartState } from '../../api';

const rank: Record<CartState, number> = { missing: 0, quiet: 1, live: 2, off_shift: 3 };

/** Sorts plates as people do, 2 before 10. Kept, because ten thousand are sorted every second. */
const keys = new Map<string, string>();
function keyOf(plate: string): string {
  let key = keys.get(plate);
  if (key === undefined) keys.set(plate, (key = plate.replace(/\d+/g, (digits) => digits.padStart(16, '0'))));
  return key;
}

/** Missing carts first, the longest unheard of them on top; the others by state, then plate. */
export function sortCarts(carts: Cart[]): Cart[] {
  return carts.sort((a, b) => {
    const byState = (rank[a.state] ?? 9) - (rank[b.state] ?? 9);
    if (byState !== 0) return byState;
    if (a.state === 'missing' && a.heard_at !== b.heard_at) {
      return (a.heard_at ?? '') < (b.heard_at ?? '') ? -1 : 1;
    }
    return keyOf(a.plate) < keyOf(b.plate) ? -1 : 1;
  });
}

/** Folds a plate or what a person types for one: upper case, letters and digits only. */
export function fold(text: string): string {
  return text.toUpperCase().replace(/[^\p{L}\p{N}]/gu, '');
}

export type Filter = 'all' | CartState;

export function filterCarts(carts: Iterable<Cart>, filter: Filter, search: string): Cart[] {
  const wanted = fold(search);
  const out: Cart[] = [];
  for (const cart of carts) {
    if (filter !== 'all' && cart.state !== filter) continue;
    if (wanted && !fold(cart.plate).includes(wanted)) continue;
    out.push(cart);
  }
  return out;
}

export function countStates(carts: Iterable<Cart>): Record<CartState, number> {
  const counts: Record<CartState, number> = { live: 0, quiet: 0, missing: 0, off_shift: 0 };
  for (const cart of carts) if (cart.state in counts) counts[cart.state]++;
  return counts;
}

const severity = { critical: 0, warning: 1, info: 2 };

/** What nobody has taken first, then the graver, then the newer. */
export function sortAlerts(alerts: Alert[]): Alert[] {
  const taken = (a: Alert) => (a.state === 'open' ? 0 : 1);
  return alerts
    .filter((a) => a.state !== 'closed')
    .sort(
      (a, b) =>
        taken(a) - taken(b) ||
        (severity[a.severity] ?? 1) - (severity[b.severity] ?? 1) ||
        Date.parse(b.raised_at) - Date.parse(a.raised_at),
    );
}

/** What waits for a person first, premium before basic; the rest newest first. */
export function sortApplications(applications: Application[]): Application[] {
  const waits = (a: Application) => (a.state === 'waiting' ? 0 : 1);
  const tier = (a: Application) => (a.state === 'waiting' && a.tier === 'premium' ? 0 : 1);
  return [...applications].sort(
    (a, b) =>
      waits(a) - waits(b) || tier(a) - tier(b) || Date.parse(b.submitted_at) - Date.parse(a.submitted_at),
  );
}
