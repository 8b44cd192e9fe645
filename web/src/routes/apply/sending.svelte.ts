import { Refusal } from '../../ask';
import { submit, type NewApplication, type Sent } from '../../applicant';
import { forget, keep, recall } from './kept';

const longest = 30_000; // ms between two tries

/** How long to wait before try `n` (from 1), in ms: what the server asks, else twice as long each time. */
export const pause = (n: number, asked: number) => (asked > 0 ? asked * 1000 : Math.min(longest, 1000 * 2 ** (n - 1)));

/** Whether an answer leaves open if the server has what was sent. */
export const unsure = (status: number) => status === 0 || status === 429 || status >= 500;

/**
 * Sends an application until the server says that it has it, however often the network or the
 * server fails on the way. It is the same body with the same id every time, so it counts once.
 * It goes on when the page is loaded again.
 */
export class Sending {
  state = $state<'idle' | 'trying' | 'waiting'>('idle');
  /** The last answer that decided nothing; 0 when there was none. */
  status = $state(0);
  #body: NewApplication | undefined;
  #tries = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #done: (sent: Sent) => void;
  #refused: (refusal: Refusal) => void;

  constructor(done: (sent: Sent) => void, refused: (refusal: Refusal) => void) {
    this.#done = done;
    this.#refused = refused;
  }

  /** Takes up what an earlier load of this page could not bring to an end. */
  resume() {
    const pending = recall('pending');
    if (pending) this.send(pending);
  }

  send(body: NewApplication) {
    if (this.state !== 'idle') return;
    this.#body = body;
    this.#tries = 0;
    keep('pending', body);
    void this.#try();
  }

  /** Tries at once: the person asks for it, or the network is back. */
  now = () => {
    if (this.state === 'waiting') void this.#try();
  };

  stop() {
    clearTimeout(this.#timer);
  }

  async #try() {
    clearTimeout(this.#timer);
    this.state = 'trying';
    this.#tries++;
    try {
      const sent = await submit(this.#body!);
      forget('pending', 'draft'); // the RUT with them
      this.state = 'idle';
      this.#done(sent);
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(0);
      if (!unsure(refusal.status)) {
        forget('pending');
        this.state = 'idle';
        return this.#refused(refusal);
      }
      this.status = refusal.status;
      this.state = 'waiting';
      this.#timer = setTimeout(() => void this.#try(), pause(this.#tries, refusal.wait));
    }
  }
}
