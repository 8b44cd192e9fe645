/**
 * The token of a one-time link. It comes in the fragment, which no server sees, and is moved from
 * there into the state of this history entry: out of the address bar and of whatever is copied
 * from it, but still there when the page is loaded again.
 */
export function linkToken(): string {
  const fragment = location.hash.slice(1);
  if (fragment) history.replaceState({ link: fragment }, '', location.pathname);
  const kept: unknown = history.state?.link;
  return typeof kept === 'string' ? kept : '';
}

/** Forgets the token once it was used. */
export function forgetLink() {
  history.replaceState(null, '', location.pathname);
}
