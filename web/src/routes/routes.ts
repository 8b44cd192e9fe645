import type { Component } from 'svelte';

export type Route = {
  load: () => Promise<{ default: Component }>;
  /** Open to strangers; every other page wants a session. */
  open?: boolean;
  /** Wants one of these actions. */
  wants?: string[];
};

/** A page folder a line, `:id` for whatever a path ends with; the server answers index.html for every one of these paths (embed.go names them too). */
export const routes: Record<string, Route> = {
  '/': { load: () => import('./live/Page.svelte') },
  '/entrar': { load: () => import('./signin/Page.svelte'), open: true },
  '/postular': { load: () => import('./apply/Page.svelte'), open: true },
  '/solicitud/:id': { load: () => import('./application/Page.svelte'), open: true },
  '/cuenta': { load: () => import('./account/Page.svelte') },
  '/solicitudes': { load: () => import('./queue/Page.svelte'), wants: ['application.list'] },
  '/miembros': { load: () => import('./members/Page.svelte'), wants: ['member.read'] },
  '/miembros/:id': { load: () => import('./member/Page.svelte'), wants: ['member.read'] },
  '/nomina': { load: () => import('./roll/Page.svelte'), wants: ['member.read'] },
  '/ventas': { load: () => import('./sales/Page.svelte'), wants: ['report.read'] },
  '/cierre': { load: () => import('./closing/Page.svelte'), wants: ['report.read'] },
  '/cierre/:id': { load: () => import('./closing/Page.svelte'), wants: ['report.read'] },
  '/estadisticas': { load: () => import('./statistics/Page.svelte'), wants: ['report.read'] },
  '/masas': { load: () => import('./stock/Page.svelte'), wants: ['stock.read'] },
  '/ajustes': { load: () => import('./settings/Page.svelte'), wants: ['settings.read'] },
  '/personas': { load: () => import('./users/Page.svelte'), wants: ['user.read'] },
  '/llaves': { load: () => import('./tokens/Page.svelte'), wants: ['token.read', 'cart_token.change'] },
  '/registro': { load: () => import('./audit/Page.svelte'), wants: ['audit.read'] },
  '/components': { load: () => import('./components/Page.svelte'), open: true },
};

/** What stands behind a path of this server, and the `:id` that it ends with. */
export function routeOf(pathname: string): { route?: Route; id: string } {
  const path = pathname.replace(/(.)\/+$/, '$1');
  if (Object.hasOwn(routes, path)) return { route: routes[path], id: '' };
  const [, head = '', id = ''] = /^(\/[^/]+)\/([^/]+)$/.exec(path) ?? [];
  const pattern = `${head}/:id`;
  if (!id || !Object.hasOwn(routes, pattern)) return { id: '' };
  try {
    return { route: routes[pattern], id: decodeURIComponent(id) };
  } catch {
    return { id: '' }; // a broken escape
  }
}
