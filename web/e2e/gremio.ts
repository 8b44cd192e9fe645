import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test as base, type BrowserContext, expect, type Page } from '@playwright/test';

const binary = resolve(process.env.GREMIO_BIN ?? join(import.meta.dirname, '../../bin/gremio'));
const startPatience = 30_000; // ms until /readyz answers 200
const admin = { email: 'admin@example.cl', password: 'masas y zapallo' };
const cookieName = 'gremio_session';
const stopPatience = 10_000; // ms for a polite end

function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

export type Person = { id: string; email: string; password: string; name: string };
export type Role = 'admin' | 'office' | 'desk' | 'driver' | 'vendor' | 'reader';

/** A real `gremio up` with a data folder of its own, and an admin in whose name the test prepares it. */
export class Gremio {
  readonly url: string;
  readonly #data: string;
  #process: ChildProcess | undefined;
  #said = '';
  #session = '';

  private constructor(port: number, data: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#data = data;
  }

  /** `bare`: as on a new machine, where nobody can sign in yet; there is no admin to prepare anything. */
  static async start(bare = false): Promise<Gremio> {
    if (!existsSync(binary)) throw new Error(`no ${binary}: run "make build" or set GREMIO_BIN`);
    const gremio = new Gremio(await freePort(), await mkdtemp(join(tmpdir(), 'gremio-e2e-')));
    await gremio.up(bare);
    if (!bare) gremio.#session = await gremio.signIn(admin);
    return gremio;
  }

  /** Starts the process, also again on the same data and port after `kill`. */
  async up(bare = false) {
    const listen = this.url.replace('http://', '');
    const args = ['up', '--open-ingest', '--listen', listen, '--data', this.#data, '--broker-listen', '127.0.0.1:0', '--public-url', this.url];
    const first = { GREMIO_ADMIN_EMAIL: admin.email, GREMIO_ADMIN_PASSWORD: admin.password };
    const env = { ...process.env, ...(!bare && first) };
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'], env });
    this.#process = child;
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (this.#said += text));
    const deadline = Date.now() + startPatience;
    for (;;) {
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.status === 200, () => false);
      if (ready) return;
      if (child.exitCode !== null) throw new Error(`gremio ended with ${child.exitCode}:\n${this.#said}`);
      if (Date.now() > deadline) throw new Error(`gremio is not ready:\n${this.#said}`);
      await new Promise((done) => setTimeout(done, 100));
    }
  }

  /** Ends the process as a power cut would. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async remove() {
    await this.#end('SIGTERM');
    await rm(this.#data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals) {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.kill(signal);
    const timer = setTimeout(() => child.kill('SIGKILL'), stopPatience);
    await ended;
    clearTimeout(timer);
  }

  readonly admin = admin;

  /** What the terminal has shown so far. */
  get said(): string {
    return this.#said;
  }

  /** Opens a session and returns its cookie. */
  async signIn(person: { email: string; password: string }): Promise<string> {
    return sessionOf(await this.#send('POST', '/v1/session', { email: person.email, password: person.password }, ''));
  }

  /** Signs a browser in without its sign-in page. */
  async letIn(context: BrowserContext, person?: Person) {
    const value = person ? await this.signIn(person) : this.#session;
    await context.addCookies([{ name: cookieName, value, url: this.url, httpOnly: true, sameSite: 'Strict' }]);
  }

  /** Somebody who was invited and has chosen a password. */
  async person(role: Role, plate?: string): Promise<Person> {
    const email = `${role}@example.cl`;
    const password = `la clave de ${role}`;
    const name = `Persona de ${role}`;
    const invited = await this.#send('POST', '/v1/users', { email, role, ...(plate && { plate }) });
    const { user, link } = (await invited.json()) as { user: { id: string }; link: string };
    await this.#send('POST', '/v1/invitations/accept', { token: new URL(link).hash.slice(1), password, name }, '');
    return { id: user.id, email, password, name };
  }

  /** A one-time link for somebody to choose a new password. */
  async link(person: Person): Promise<string> {
    const answer = await this.#send('POST', `/v1/users/${person.id}/link`);
    return ((await answer.json()) as { link: string }).link;
  }

  /** Posts JSON as the admin and expects to be taken in. */
  async post(path: string, body: object): Promise<void> {
    await this.#send('POST', path, body);
  }

  /** Changes some settings and keeps the others. */
  async settings(changes: object): Promise<void> {
    const now = (await (await this.#send('GET', '/v1/settings')).json()) as object;
    await this.#send('PUT', '/v1/settings', { ...now, ...changes });
  }

  /** Asks as the admin, or as nobody: whoever signs in ends the session that is shown. */
  async #send(method: string, path: string, body?: object, session = this.#session): Promise<Response> {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json', ...(session && { Cookie: `${cookieName}=${session}` }) },
      body: body && JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    return answer;
  }
}

function sessionOf(answer: Response): string {
  const cookie = answer.headers.getSetCookie().find((one) => one.startsWith(`${cookieName}=`));
  if (!cookie) throw new Error('no session cookie');
  return cookie.slice(cookieName.length + 1).split(';')[0]!;
}

type Fixtures = {
  gremio: Gremio;
  /** The browser's own page: signed in as the admin. */
  page: Page;
  /** Opens another browser: of a stranger, or of somebody. */
  browse: (person?: Person) => Promise<Page>;
};

export const test = base.extend<Fixtures>({
  gremio: async ({}, use) => {
    const gremio = await Gremio.start();
    await use(gremio);
    await gremio.remove();
  },
  page: async ({ gremio, context }, use) => {
    await gremio.letIn(context);
    await use(await context.newPage());
  },
  browse: async ({ gremio, browser }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (person) => {
      const context = await browser.newContext({ locale: 'es-CL', timezoneId: 'America/Santiago' });
      contexts.push(context);
      if (person) await gremio.letIn(context, person);
      return context.newPage();
    });
    for (const context of contexts) await context.close();
  },
});

export { expect };
