import type { Alert, Application, CartState, Delivery, Stop } from '../../api';
import type { Tone } from '../../components/Badge.svelte';

// How each state looks: a tone and a shape, never the tone alone.
export type Look = { tone: Tone; mark: string };

export const cartLook: Record<CartState, Look> = {
  missing: { tone: 'chili', mark: '▲' },
  quiet: { tone: 'mustard', mark: '◎' },
  live: { tone: 'herb', mark: '●' },
  off_shift: { tone: 'stone', mark: '–' },
};

export const severityLook: Record<Alert['severity'], Look> = {
  critical: { tone: 'chili', mark: '▲' },
  warning: { tone: 'mustard', mark: '!' },
  info: { tone: 'stone', mark: 'i' },
};

export const applicationLook: Record<Application['state'], Look> = {
  submitted: { tone: 'stone', mark: '…' },
  waiting: { tone: 'mustard', mark: '?' },
  approved: { tone: 'herb', mark: '✓' },
  rejected: { tone: 'chili', mark: '✕' },
};

export const deliveryLook: Record<Delivery['state'], Look> = {
  prepared: { tone: 'stone', mark: '…' },
  loaded: { tone: 'mustard', mark: '▣' },
  left: { tone: 'pumpkin', mark: '→' },
  done: { tone: 'herb', mark: '✓' },
  cancelled: { tone: 'stone', mark: '✕' },
};

export const stopLook: Record<Stop['state'], Look> = {
  waiting: { tone: 'stone', mark: '…' },
  confirmed: { tone: 'herb', mark: '✓' },
  failed: { tone: 'chili', mark: '✕' },
};

export const unknownLook: Look = { tone: 'stone', mark: '?' };
