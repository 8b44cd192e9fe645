// The applicant's token, out of the page's own address.

export type Key = { token: string; confirm: string };

/**
 * Reads `#token=…&confirm=…`. The token stays where it is, so that a bookmark and the phone's own
 * "share" keep the page; the code of a message is used once and goes at once.
 */
export function keyIn(hash: string): Key {
  const given = new URLSearchParams(hash.replace(/^#/, ''));
  return { token: given.get('token') ?? '', confirm: given.get('confirm') ?? '' };
}

/** Puts the token, and nothing else, behind the # of this page. */
export function showKey(token: string) {
  history.replaceState(history.state, '', token ? `${location.pathname}#token=${encodeURIComponent(token)}` : location.pathname);
}

/** The token in what somebody pasted: the whole link, or the token alone. */
export function tokenIn(pasted: string): string {
  const text = pasted.trim();
  const at = text.indexOf('#');
  if (at >= 0) return keyIn(text.slice(at)).token;
  return /\s|\//.test(text) ? '' : text;
}
