import { EventReader, type ServerEvent } from './sse';

export type Link = 'connecting' | 'live' | 'stale';

export type StreamHandlers = {
  event(event: ServerEvent): void;
  /** Told whenever anything arrives, a keep-alive comment included. */
  pulse(): void;
  /** Told of every change; `status` is the server's answer when it refused, 0 when it was not reached. */
  link(link: Link, status: number): void;
};

/**
 * Longest silence on a stream, in ms, before it counts as lost. The server's comment lines keep
 * it alive. A browser's EventSource hides those lines, so it would show a dead mobile connection
 * as live for minutes; that is why the stream is read by hand.
 */
const silence = 45_000;
const firstDelay = 500;
const longestDelay = 8_000;

/** Follows a text/event-stream for as long as the page lives, connecting again after every loss. */
export class Stream {
  readonly #url: string;
  readonly #handlers: StreamHandlers;
  #failures = 0;
  #stopped = false;
  #abort = new AbortController();
  #wake = () => {};

  constructor(url: string, handlers: StreamHandlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  start() {
    addEventListener('online', this.#retry);
    addEventListener('offline', this.#lose);
    document.addEventListener('visibilitychange', this.#retry);
    void this.#follow();
  }

  stop() {
    this.#stopped = true;
    removeEventListener('online', this.#retry);
    removeEventListener('offline', this.#lose);
    document.removeEventListener('visibilitychange', this.#retry);
    this.#abort.abort();
    this.#wake();
  }

  #retry = () => this.#wake();
  #lose = () => this.#abort.abort();

  async #follow() {
    while (!this.#stopped) {
      const status = await this.#once();
      if (this.#stopped) return;
      this.#handlers.link('stale', status);
      if (status === 401) return this.stop(); // no patience mends this; who listens signs in again
      await this.#pause();
    }
  }

  /** Reads one connection to its end; returns the status of a refusal, or 0. */
  async #once(): Promise<number> {
    const abort = (this.#abort = new AbortController());
    let alarm = setTimeout(() => abort.abort(), silence);
    try {
      const answer = await fetch(this.#url, {
        headers: { Accept: 'text/event-stream' },
        cache: 'no-store',
        signal: abort.signal,
      });
      if (!answer.ok || !answer.body) return answer.status;
      const reader = answer.body.getReader();
      const text = new TextDecoder();
      const events = new EventReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return 0;
        clearTimeout(alarm);
        alarm = setTimeout(() => abort.abort(), silence);
        this.#handlers.pulse();
        for (const event of events.read(text.decode(value, { stream: true }))) {
          if (event.name === 'snapshot') {
            this.#failures = 0;
            this.#handlers.link('live', 200);
          }
          this.#handlers.event(event);
        }
      }
    } catch {
      return 0;
    } finally {
      clearTimeout(alarm);
      abort.abort();
    }
  }

  /** Waits longer after each failure, spread so that many browsers do not come back at once. */
  #pause(): Promise<void> {
    const most = Math.min(longestDelay, firstDelay * 2 ** this.#failures++);
    return new Promise((done) => {
      const timer = setTimeout(done, most * (0.5 + Math.random() / 2));
      this.#wake = () => {
        clearTimeout(timer);
        done();
      };
    });
  }
}
