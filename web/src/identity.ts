// Who may do what, as the server tells it: people, their sessions, tokens and the audit log.

import { ask } from './ask';

export type Role = 'admin' | 'office' | 'desk' | 'driver' | 'vendor' | 'reader';
export const roles: Role[] = ['admin', 'office', 'desk', 'driver', 'vendor', 'reader'];

export type Me = {
  kind: 'user' | 'program' | 'cart';
  id: string;
  name: string;
  email?: string;
  role?: Role;
  plate?: string;
  /** What this identity may do, and whether to all or to its own cart only. */
  actions: Record<string, 'all' | 'own'>;
  /** `wanted`: nothing but the account is open until a second factor is set up. */
  totp?: 'on' | 'off' | 'wanted';
};

export type Session = {
  id: string;
  current: boolean;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  address: string;
  user_agent: string;
};

export type User = {
  id: string;
  email: string;
  name: string;
  role: Role;
  plate?: string;
  state: 'invited' | 'active' | 'removed';
  totp: boolean;
  created_at: string;
  last_seen_at?: string;
  invitation_expires_at?: string;
};

export type Token = {
  id: string;
  kind: 'program' | 'cart';
  name: string;
  plate?: string;
  scopes?: string[];
  created_at: string;
  created_by: string;
  expires_at?: string;
  last_used_at?: string;
  revoked_at?: string;
};

export type Invitation = {
  email: string;
  name: string;
  role: Role;
  purpose: 'invitation' | 'reset';
  /** A code of the second factor is asked for. */
  totp: boolean;
  expires_at: string;
};

export type AuditEntry = {
  id: number;
  at: string;
  actor: string;
  actor_name: string;
  action: string;
  about: string[];
  detail?: string;
  address?: string;
};

export type Access = {
  roles: Role[];
  actions: string[];
  /** What a program may be given. */
  program_actions: string[];
  table: Partial<Record<Role, Record<string, 'all' | 'own'>>>;
};

export type List<Item> = { items: Item[] | null; next?: string };
export type Link = { link: string; expires_at: string };

const part = encodeURIComponent;

export const session = {
  read: () => ask<Me>('GET', '/v1/session', undefined, true),
  open: (body: { email: string; password: string; code?: string }) => ask<Me>('POST', '/v1/session', body, true),
  close: () => ask('DELETE', '/v1/session'),
};

export const invitation = {
  read: (token: string) => ask<Invitation>('POST', '/v1/invitations/read', { token }, true),
  accept: (body: { token: string; password: string; email?: string; name?: string; code?: string }) =>
    ask<Me>('POST', '/v1/invitations/accept', body, true),
};

/** All of a list, however many pages it has. */
export async function all<Item>(path: string, filter: Record<string, string> = {}): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = '';
  do {
    const query = new URLSearchParams({ ...filter, limit: '1000', ...(cursor && { cursor }) });
    const page = await ask<List<Item>>('GET', `${path}?${query}`);
    items.push(...(page.items ?? []));
    cursor = page.next ?? '';
  } while (cursor);
  return items;
}

export const account = {
  sessions: () => ask<List<Session>>('GET', '/v1/sessions').then((list) => list.items ?? []),
  closeSession: (id: string) => ask('DELETE', `/v1/sessions/${part(id)}`),
  closeOthers: () => ask('POST', '/v1/sessions/close-others'),
  rename: (name: string) => ask<Me>('PATCH', '/v1/account', { name }),
  password: (body: { current_password: string; new_password: string }) => ask('PUT', '/v1/account/password', body),
  totp: (password: string) => ask<{ secret: string; url: string; qr: string }>('POST', '/v1/account/totp', { password }),
  confirmTotp: (code: string) => ask<{ recovery_codes: string[] }>('POST', '/v1/account/totp/confirm', { code }),
  removeTotp: (password: string, code: string) => ask('POST', '/v1/account/totp/remove', { password, code }),
};

export type UserChange = { email?: string; name?: string; role?: Role; plate?: string };

export const users = {
  list: () => all<User>('/v1/users'),
  invite: (body: UserChange) => ask<Link & { user: User }>('POST', '/v1/users', body),
  change: (id: string, body: UserChange) => ask<User>('PATCH', `/v1/users/${part(id)}`, body),
  link: (id: string) => ask<Link>('POST', `/v1/users/${part(id)}/link`),
  removeTotp: (id: string) => ask('POST', `/v1/users/${part(id)}/totp/remove`),
  remove: (id: string) => ask('DELETE', `/v1/users/${part(id)}`),
};

export const tokens = {
  list: () => all<Token>('/v1/tokens'),
  issue: (body: { name: string; scopes: string[]; expires_at: string }) =>
    ask<Token & { token: string }>('POST', '/v1/tokens', body),
  revoke: (id: string) => ask('DELETE', `/v1/tokens/${part(id)}`),
  issueCart: (plate: string) =>
    ask<{ token: string; id: string; plate: string }>('POST', `/v1/carts/${part(plate)}/token`),
  revokeCart: (plate: string) => ask('DELETE', `/v1/carts/${part(plate)}/token`),
};

export const access = () => ask<Access>('GET', '/v1/access');

/** A page of the audit log; `query` has the filters and, for a further page, the cursor. */
export const audit = (query: URLSearchParams) => ask<List<AuditEntry>>('GET', `/v1/audit?${query}`);
