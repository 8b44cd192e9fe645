import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { test as base, expect } from '@playwright/test';

const binary = resolve(process.env.GREMIO_BIN ?? join(import.meta.dirname, '../../bin/gremio'));
const startPatience = 30_000; // ms until /readyz answers 200
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

/** A real `gremio up` with a data folder of its own. */
export class Gremio {
  readonly url: string;
  readonly #data: string;
  #process: ChildProcess | undefined;
  #said = '';

  private constructor(port: number, data: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#data = data;
  }

  static async start(): Promise<Gremio> {
    if (!existsSync(binary)) throw new Error(`no ${binary}: run "make build" or set GREMIO_BIN`);
    const gremio = new Gremio(await freePort(), await mkdtemp(join(tmpdir(), 'gremio-e2e-')));
    await gremio.up();
    return gremio;
  }

  /** Starts the process, also again on the same data and port after `kill`. */
  async up() {
    const listen = this.url.replace('http://', '');
    const args = ['up', '--open-ingest', '--listen', listen, '--data', this.#data, '--broker-listen', '127.0.0.1:0'];
    const child = spawn(binary, args, { stdio: ['ignore', 'pipe', 'pipe'] });
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

  /** Posts JSON and expects to be taken in. */
  async post(path: string, body: object): Promise<void> {
    await this.#send('POST', path, body);
  }

  /** Changes some settings and keeps the others. */
  async settings(changes: object): Promise<void> {
    const now = (await (await fetch(`${this.url}/v1/settings`)).json()) as object;
    await this.#send('PUT', '/v1/settings', { ...now, ...changes });
  }

  async #send(method: string, path: string, body: object) {
    const answer = await fetch(this.url + path, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }
}

export const test = base.extend<{ gremio: Gremio }>({
  gremio: async ({}, use) => {
    const gremio = await Gremio.start();
    await use(gremio);
    await gremio.remove();
  },
});

export { expect };
