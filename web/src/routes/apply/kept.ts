// What this tab keeps of an application until it is sent: another tab, and the next person after
// the tab is closed, find nothing.

import type { NewApplication, Sent } from '../../applicant';

export type Draft = {
  given_name: string;
  family_name: string;
  rut: string;
  document: string;
  email: string;
  phone: string;
  plate: string;
  noRut: boolean;
  noPlate: boolean;
  tier: string;
};

export const emptyDraft = (): Draft => ({
  given_name: '',
  family_name: '',
  rut: '',
  document: '',
  email: '',
  phone: '',
  plate: '',
  noRut: false,
  noPlate: false,
  tier: 'basic',
});

type Kept = {
  draft: Draft;
  /** Sent without an answer: it may have arrived, so it is sent again as it was. */
  pending: NewApplication;
  sent: Sent & { name: string };
};

const key = (name: keyof Kept) => `gremio.postular.${name}`;

export function recall<N extends keyof Kept>(name: N): Kept[N] | undefined {
  try {
    const text = sessionStorage.getItem(key(name));
    return text ? (JSON.parse(text) as Kept[N]) : undefined;
  } catch {
    return undefined;
  }
}

export function keep<N extends keyof Kept>(name: N, value: Kept[N]) {
  try {
    sessionStorage.setItem(key(name), JSON.stringify(value));
  } catch {
    // storage is switched off: what was typed lasts as long as the page
  }
}

export function forget(...names: (keyof Kept)[]) {
  try {
    for (const name of names) sessionStorage.removeItem(key(name));
  } catch {
    // see keep
  }
}

/** An id for a new application. Not crypto.randomUUID: a guild may well run without TLS, where browsers lack it. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `ap-${Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('')}`;
}
