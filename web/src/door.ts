/** The one page, beside the components, that a stranger may see. */
export const door = '/entrar';

const param = 'volver';

/** The address of the sign-in page that leads back to `from` (a path with its query). */
export function doorFrom(from: string): string {
  return from === '/' ? door : `${door}?${param}=${encodeURIComponent(from)}`;
}

/**
 * Where to go after sign-in, from the query of the sign-in page: a page of this server, never
 * another host, whatever a link that was sent to somebody says.
 */
export function wayBack(search: string, origin: string): string {
  const to = new URLSearchParams(search).get(param) ?? '/';
  const url = URL.canParse(to, origin) ? new URL(to, origin) : undefined;
  if (!url || url.origin !== origin || url.pathname === door) return '/';
  return url.pathname + url.search;
}

/** Leaves for the sign-in page. Never settles: the page is about to go, and should show nothing more. */
export function toSignIn(): Promise<never> {
  location.replace(doorFrom(location.pathname + location.search));
  return new Promise(() => {});
}
