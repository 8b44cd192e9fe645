import { Applicant, type Application } from '../../applicant';
import { Refusal } from '../../ask';

/** `coming`: taken in, and not applied yet. `wrong`: the token opens nothing here. */
export type State = 'reading' | 'shown' | 'coming' | 'wrong' | 'unreached';

const soon = 2_000;
const waiting = 8_000; // a person may decide any moment, and the phone's data costs money
const decided = 60_000;
const mostRest = 60_000;

/** How long until the next look, in ms. */
export function rest(state: State, app: Application | undefined, failures: number): number {
  if (failures > 0) return Math.min(mostRest, soon * 2 ** failures);
  if (state === 'coming') return soon;
  return app?.state === 'waiting' ? waiting : decided;
}

/** One application as its applicant sees it: read again now and then, and never while nobody looks. */
export class Mine {
  readonly applicant: Applicant;
  application = $state.raw<Application | undefined>();
  state = $state<State>('reading');
  /** What is shown is older than it should be. */
  stale = $state(false);
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #reading: Promise<void> | undefined;
  #over = false;

  constructor(id: string, token: string) {
    this.applicant = new Applicant(id, token);
  }

  /** Begins to look, and returns what ends it. */
  follow(): () => void {
    const look = () => {
      clearTimeout(this.#timer);
      if (document.visibilityState === 'visible') void this.look();
    };
    document.addEventListener('visibilitychange', look);
    addEventListener('online', look);
    look();
    return () => {
      this.#over = true;
      clearTimeout(this.#timer);
      document.removeEventListener('visibilitychange', look);
      removeEventListener('online', look);
    };
  }

  /** Reads it now; two looks at once are one. */
  look(): Promise<void> {
    return (this.#reading ??= this.#read().finally(() => (this.#reading = undefined)));
  }

  /** After an act: the worker may need a moment to apply it. */
  async changed() {
    await this.#reading;
    await this.look();
    this.#next(soon);
  }

  async #read() {
    clearTimeout(this.#timer);
    try {
      this.application = await this.applicant.read();
      this.state = 'shown';
      this.#failures = 0;
      this.stale = false;
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      if (status === 401 || status === 403 || status === 422) {
        this.state = 'wrong';
        return; // it never becomes right
      }
      if (status === 404) this.state = 'coming';
      else {
        this.#failures++;
        this.stale = this.application !== undefined;
        if (!this.application) this.state = 'unreached';
      }
    }
    this.#next(rest(this.state, this.application, this.#failures));
  }

  #next(ms: number) {
    clearTimeout(this.#timer);
    if (this.#over || document.visibilityState !== 'visible') return;
    this.#timer = setTimeout(() => void this.look(), ms);
  }
}
