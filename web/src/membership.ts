// Applications, members and the settings by which they are decided, as the office reads and changes them.

import type { Application as Own, Correctable, PhoneSetup } from './applicant';
import { ask, Refusal } from './ask';
import { all, type List } from './identity';
import { Rights } from './rights';

export type Tier = 'basic' | 'premium';
export const tiers: Tier[] = ['premium', 'basic'];

export type Antecedent = { name: string; met: boolean; by?: string; at?: string };

/** An application as the office sees it. */
export type Application = Omit<Own, 'antecedents'> & {
  origin?: string;
  /** The member with the same document. */
  same_as?: string;
  phone_confirmed_at?: string;
  antecedents?: Antecedent[] | null;
  settings_version?: number;
};
export type ApplicationState = Application['state'];

export type DecisionTime = {
  tier: Tier;
  decided: number; // in 30 days
  waiting: number;
  median_seconds?: number;
  p90_seconds?: number;
  longest_waiting_seconds?: number;
};

export type MemberState = 'active' | 'suspended' | 'left';
export type Member = Partial<Record<Correctable, string>> & {
  id: string;
  application: string;
  tier: Tier;
  state: MemberState;
  joined_at: string;
  suspended_until?: string;
  suspended_reason?: string;
  left_at?: string;
  /** Of a premium member who applied as one; not paid while it has no `paid_at`. */
  fee?: { amount: number; paid_at?: string; reference?: string };
};
export type Holding = { plate: string; from: string; until?: string };
export const permitKinds = ['municipal', 'sanitary'] as const;
export type PermitKind = (typeof permitKinds)[number];
export type Permit = { kind: PermitKind; number?: string; expires_on: string };
export type MemberEvent = {
  type: string;
  at: string;
  by: string;
  reason?: string;
  tier?: Tier;
  plate?: string;
  other?: string;
  until?: string;
  number?: string;
  expires_on?: string;
};
/** All that the office sees of one member. */
export type MemberFile = Member & { carts: Holding[] | null; permits: Permit[] | null; history: MemberEvent[] | null };

export type MembershipList = { month: string; joined: Member[] | null; waiting: Application[] | null };

/** What an act answers: `state` is absent while the worker has not come to it yet. */
export type Done<T> = { id: string; at: string; state?: T };

const part = encodeURIComponent;
const one = (id: string, act = '') => `/v1/applications/${part(id)}${act && `/${act}`}`;
const on = (id: string, act: string, body: object = {}) => ask<Done<Application>>('POST', one(id, act), body);

export const applications = {
  /** Every one that waits. */
  waiting: () => all<Application>('/v1/applications', { state: 'waiting' }),
  /** A part of those that were decided, the newest first. */
  decided: (state: ApplicationState, cursor = '') =>
    ask<List<Application>>('GET', `/v1/applications?${new URLSearchParams({ state, limit: '100', ...(cursor && { cursor }) })}`),
  read: (id: string) => ask<Application>('GET', one(id)),
  approve: (id: string) => on(id, 'approve'),
  reject: (id: string, reason: string) => on(id, 'reject', { reason }),
  confirm: (id: string, channel: 'email' | 'phone') => on(id, 'confirm', { channel }),
  check: (id: string, name: string, met: boolean) => on(id, 'antecedents', { name, met }),
  pay: (id: string, paid: boolean, reference: string) => on(id, 'payment', { paid, ...(reference && { reference }) }),
  correct: (id: string, changes: Partial<Record<Correctable, string>>) => on(id, 'correction', changes),
  rights: (id: string) => new Rights((rest) => one(id) + rest, false),
  times: () => ask<List<DecisionTime>>('GET', '/v1/decision-times').then((list) => list.items ?? []),
};

const act = (id: string, name: string, body: object) => ask<Done<MemberFile>>('POST', `/v1/members/${part(id)}/${name}`, body);
const because = (reason: string) => (reason.trim() ? { reason: reason.trim() } : {});

export const members = {
  list: () => all<Member>('/v1/members'),
  read: (id: string) => ask<MemberFile>('GET', `/v1/members/${part(id)}`),
  tier: (id: string, tier: Tier, reason: string) => act(id, 'tier', { tier, ...because(reason) }),
  suspend: (id: string, reason: string, until?: string) => act(id, 'suspend', { reason, ...(until && { until }) }),
  resume: (id: string, reason: string) => act(id, 'resume', because(reason)),
  leave: (id: string, reason: string) => act(id, 'leave', because(reason)),
  comeBack: (id: string, plate: string, reason: string) => act(id, 'return', { ...(plate && { plate }), ...because(reason) }),
  plate: (id: string, from: string, plate: string, reason: string) => act(id, 'plate', { from, plate, ...because(reason) }),
  giveCart: (id: string, plate: string, to: string, reason: string) => act(id, 'give-cart', { plate, to, ...because(reason) }),
  permit: (id: string, permit: Permit) => act(id, 'permits', permit),
  month: (month: string) => ask<MembershipList>('GET', `/v1/membership-lists/${part(month)}`),
};

/** A cart's new token, and how a phone is set up with it. The former token ends. */
export const cartPhone = (plate: string) => ask<PhoneSetup>('POST', `/v1/carts/${part(plate)}/token`);

export type Settings = Record<string, unknown> & { version: number };

export const settings = {
  read: () => ask<Settings>('GET', '/v1/settings'),
  /** Sends what changed and no other: a setting that this page does not know stays as it is. */
  change: (changes: Record<string, unknown>) => ask<Settings>('PUT', '/v1/settings', changes),
};

/** Whether somebody else was first. */
export const isConflict = (error: unknown): error is Refusal => error instanceof Refusal && error.status === 409;
