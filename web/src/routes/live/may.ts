import { who } from '../../me.svelte';

/** The acts of the live page by the action that each one is; a button is left out when it is not allowed. */
const actions = {
  alert: 'alert.change',
  application: 'application.change',
  delivery: 'delivery.change',
} as const;

export const mayChange = (noun: keyof typeof actions) => who.can(actions[noun]);

/** Whether the stream has a section at all for this person. */
export const mayRead = (noun: 'alert' | 'application' | 'cart' | 'delivery' | 'report' | 'sale' | 'sighting') =>
  who.can(`${noun}.read`);
