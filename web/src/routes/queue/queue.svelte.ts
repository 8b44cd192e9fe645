import { why } from '../../act.svelte';
import { applications, isConflict, type Application, type DecisionTime, type Done } from '../../membership';
import { queued } from './order';

/** What the list shows: who waits, or who was decided. */
export type Shown = Application['state'];

const every = 5_000; // ms between two looks at the queue
const slow = 10; // a look costs the server work: at least ten times as long as it took lies between two
const applied = 1_500; // ms after which an act that was kept has been applied

/** The applications and the one that is open, kept up to date while somebody looks. */
export class Queue {
  shown = $state<Shown>('waiting');
  /** undefined: not known yet. */
  waiting = $state.raw<Application[] | undefined>();
  decided = $state.raw<Application[] | undefined>();
  next = $state('');
  times = $state.raw<DecisionTime[]>([]);
  failure = $state('');
  /** Those that came while this page was open. */
  fresh = $state.raw(new Set<string>());
  now = $state(Date.now());

  opened = $state.raw<Application | undefined>();
  openFailure = $state('');
  /** Somebody else decided the open one while it was looked at. */
  overtaken = $state(false);

  #timer: ReturnType<typeof setTimeout> | undefined;
  #mine = new Set<string>(); // decided here, so that nobody is told that somebody else did
  #over = false;

  /** Begins to look; returns what ends it. */
  follow(): () => void {
    const look = () => {
      if (document.visibilityState === 'visible') void this.look();
    };
    const clock = setInterval(() => (this.now = Date.now()), 10_000);
    document.addEventListener('visibilitychange', look);
    look();
    return () => {
      this.#over = true;
      clearTimeout(this.#timer);
      clearInterval(clock);
      document.removeEventListener('visibilitychange', look);
    };
  }

  /** Reads the queue now. */
  async look() {
    clearTimeout(this.#timer);
    const began = Date.now();
    try {
      const [all, times] = await Promise.all([applications.waiting(), applications.times().catch(() => this.times)]);
      this.#take(queued(all));
      this.times = times;
      this.failure = '';
    } catch (error) {
      this.failure = why(error);
    }
    this.now = Date.now();
    if (this.#over || document.visibilityState !== 'visible') return;
    this.#timer = setTimeout(() => void this.look(), Math.max(every, slow * (this.now - began)));
  }

  #take(all: Application[]) {
    if (this.waiting) {
      const known = new Set(this.waiting.map((one) => one.id));
      const arrived = all.filter((one) => !known.has(one.id)).map((one) => one.id);
      if (arrived.length > 0) this.fresh = new Set([...this.fresh, ...arrived]);
    }
    this.waiting = all;
    const open = this.opened;
    if (!open) return;
    const now = all.find((one) => one.id === open.id);
    if (now) this.opened = now;
    else if (open.state === 'waiting') void this.reread();
  }

  async show(state: Shown) {
    this.shown = state;
    if (state === 'waiting') return;
    this.decided = undefined;
    await this.more();
  }

  /** The decided ones, part by part. */
  async more() {
    const state = this.shown;
    const so = this.decided ?? [];
    try {
      const page = await applications.decided(state, so.length > 0 ? this.next : '');
      if (this.shown !== state) return;
      this.decided = [...so, ...(page.items ?? [])];
      this.next = page.next ?? '';
      this.failure = '';
    } catch (error) {
      this.failure = why(error);
    }
  }

  async open(id: string) {
    this.openFailure = '';
    this.overtaken = false;
    this.fresh = new Set([...this.fresh].filter((one) => one !== id));
    this.opened = [...(this.waiting ?? []), ...(this.decided ?? [])].find((one) => one.id === id);
    if (id && !this.opened) await this.reread(id);
  }

  /** Reads the open one by itself, as when it is no longer on the list. */
  async reread(id = this.opened?.id ?? '') {
    const before = this.opened?.state;
    try {
      const now = await applications.read(id);
      if (this.opened && this.opened.id !== id) return;
      this.opened = now;
      this.openFailure = '';
      if (before === 'waiting' && now.state !== 'waiting' && !this.#mine.has(id)) this.overtaken = true;
    } catch (error) {
      this.openFailure = why(error);
    }
  }

  /** Does something about the open one; `decides` when it is this person's decision. */
  async act(call: (id: string) => Promise<Done<Application>>, decides = false) {
    const id = this.opened?.id;
    if (!id) return;
    const waited = this.opened?.state === 'waiting';
    if (decides) this.#mine.add(id);
    try {
      const { state } = await call(id);
      if (state && this.opened?.id === id) this.opened = state;
      if (!state) await new Promise((done) => setTimeout(done, applied));
      if (!state && this.opened?.id === id) await this.reread();
    } catch (error) {
      this.#mine.delete(id);
      if (!isConflict(error)) throw error;
      await this.reread();
      this.overtaken ||= waited && this.opened?.id === id && this.opened.state !== 'waiting';
      if (!this.overtaken) throw error; // else the page says what the first decided
    } finally {
      void this.look();
    }
  }
}
