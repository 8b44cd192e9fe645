// What an applicant may ask of the server with the application's own token, and what is kept in
// this browser for them.

import { ask } from './ask';
import { Rights } from './rights';

export type Purpose = { purpose: string; required: boolean; title: string; text: string };
export type Consents = { version: string; purposes: Purpose[]; premium_fee?: number };
export type Consent = { purpose: string; version: string; given: boolean; at: string };

/** The fields that a person may correct; the plate only while the application waits. */
export const correctable = ['given_name', 'family_name', 'rut', 'document', 'email', 'phone', 'plate'] as const;
export type Correctable = (typeof correctable)[number];

export type Application = Partial<Record<Correctable, string>> & {
  id: string;
  tier: 'basic' | 'premium';
  state: 'waiting' | 'approved' | 'rejected' | 'erased';
  erased_at?: string;
  reasons?: string[] | null;
  submitted_at: string;
  decided_at?: string;
  decided_by?: string;
  decided_reason?: string;
  duplicate_of?: string;
  email_confirmed_at?: string;
  antecedents?: { name: string; met: boolean }[] | null;
  fee?: { amount: number; paid_at?: string; reference?: string };
  served_as?: 'basic' | 'premium';
  member?: string;
  consents?: Consent[] | null;
};

export type NewApplication = {
  id: string;
  given_name: string;
  family_name: string;
  rut?: string;
  document?: string;
  email: string;
  phone: string;
  plate?: string;
  tier: string;
  consent: { tracking: boolean; version?: string };
  consents?: { purpose: string; version: string }[];
};

export type Sent = { id: string; token: string };

export type PhoneSetup = {
  token: string;
  setup?: { url: string; qr: string; links: { app: string; url: string }[] | null; page?: string; warning?: string };
  setup_missing?: string;
};

const part = encodeURIComponent;

export const submit = (body: NewApplication) => ask<Sent>('POST', '/v1/applications', body, true);

/** Titles and texts come in both languages, or in the one that the browser asks for. */
type Texts = string | Record<string, string>;

/** What consent is asked for, in the words that are agreed to. */
export async function consentTexts(lang: string): Promise<Consents> {
  const answer = await ask<Omit<Consents, 'purposes'> & { purposes: (Omit<Purpose, 'title' | 'text'> & { title: Texts; text: Texts })[] }>(
    'GET',
    `/v1/consents?lang=${lang}`,
    undefined,
    true,
  );
  const say = (texts: Texts) => (typeof texts === 'string' ? texts : (texts[lang] ?? texts.es ?? ''));
  return { ...answer, purposes: answer.purposes.map((p) => ({ ...p, title: say(p.title), text: say(p.text) })) };
}

/** The application's own door: every request carries its token, and no address of a page does. */
export class Applicant {
  readonly id: string;
  readonly token: string;

  constructor(id: string, token: string) {
    this.id = id;
    this.token = token;
  }

  #path(rest = ''): string {
    return `/v1/applications/${part(this.id)}${rest}?token=${part(this.token)}`;
  }

  read = () => ask<Application>('GET', this.#path(), undefined, true);
  correct = (body: Partial<Record<Correctable, string>>) => ask('POST', this.#path('/correction'), body, true);
  consent = (purpose: string, given: boolean, version: string) =>
    ask('POST', this.#path('/consents'), { purpose, given, version }, true);
  confirm = (code: string) => ask('POST', this.#path('/confirm'), { channel: 'email', code }, true);
  sendCode = () => ask('POST', this.#path('/confirmation-message'), undefined, true);
  phone = () => ask<PhoneSetup>('POST', this.#path('/phone'), undefined, true);
  rights = new Rights((rest) => this.#path(rest), true);
}

/** The page of an application. Its token stands behind #, which no server sees. */
export const linkOf = ({ id, token }: Sent) => `${location.origin}/solicitud/${part(id)}#token=${part(token)}`;

const key = 'gremio.applications';

/** The applications that somebody asked to be remembered on this phone, by id. */
export function remembered(): Record<string, string> {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '{}');
    return kept && typeof kept === 'object' ? (kept as Record<string, string>) : {};
  } catch {
    return {};
  }
}

/** Keeps a token on this phone, or forgets it; only ever because a person asked. False: storage is switched off. */
export function remember({ id, token }: Sent, keep: boolean): boolean {
  const all = remembered();
  if (keep) all[id] = token;
  else delete all[id];
  try {
    if (Object.keys(all).length > 0) localStorage.setItem(key, JSON.stringify(all));
    else localStorage.removeItem(key);
    return true;
  } catch {
    return false;
  }
}
