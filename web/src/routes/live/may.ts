import { who } from '../../me.svelte';

/** The acts of this page by the action that each one is; a button is left out when it is not allowed. */
const acts = { alert: 'alert.handle', application: 'application.decide', stop: 'stop.confirm' } as const;

export const mayAct = (on: keyof typeof acts) => who.can(acts[on]);

const sections = {
  alerts: 'alert.read',
  applications: 'application.list',
  carts: 'cart.read',
  deliveries: 'delivery.read',
  sales: 'sale.read',
  sightings: 'sighting.read',
  totals: 'report.read',
} as const;
export type Section = keyof typeof sections;

/**
 * Whether the stream has a section for this person. One who may see the own alone gets the own
 * cart and nothing of the guild: the other sections are of all carts together.
 */
export const maySee = (section: Section) =>
  section === 'carts' ? who.can(sections.carts) : who.me?.actions[sections[section]] === 'all';
