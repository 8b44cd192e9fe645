import type { Component } from 'svelte';

export type Route = {
  load: () => Promise<{ default: Component }>;
  /** Open to strangers; every other page wants a session. */
  open?: boolean;
  /** Wants one of these actions. */
  wants?: string[];
};

/** A page folder a line; the server answers index.html for every one of these paths (embed.go names them too). */
export const routes: Record<string, Route> = {
  '/': { load: () => import('./live/Page.svelte') },
  '/entrar': { load: () => import('./signin/Page.svelte'), open: true },
  '/cuenta': { load: () => import('./account/Page.svelte') },
  '/personas': { load: () => import('./users/Page.svelte'), wants: ['user.read'] },
  '/llaves': { load: () => import('./tokens/Page.svelte'), wants: ['token.read', 'cart_token.change'] },
  '/registro': { load: () => import('./audit/Page.svelte'), wants: ['audit.read'] },
  '/components': { load: () => import('./components/Page.svelte'), open: true },
};
