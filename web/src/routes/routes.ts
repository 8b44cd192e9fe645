import type { Component } from 'svelte';

/** A page folder a line; the server answers index.html for every one of these paths. */
export const routes: Record<string, () => Promise<{ default: Component }>> = {
  '/': () => import('./live/Page.svelte'),
  '/components': () => import('./components/Page.svelte'),
};
