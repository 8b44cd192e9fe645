import { why } from '../../act.svelte';
import { Refusal } from '../../ask';
import { w } from './words';

/** Tries to get in: one at a time, and said in the words of this page when it does not work. */
export class Attempt {
  busy = $state(false);
  failure = $state('');
  /** A wait that the server asked for is over. */
  over = $state(false);
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Runs `act`; `own` may take a refusal for itself by returning true. */
  async run(act: () => Promise<unknown>, own: (refusal: Refusal) => boolean): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = '';
    this.over = false;
    clearTimeout(this.#timer);
    try {
      await act();
      return true; // still busy: the page is about to go
    } catch (error) {
      this.busy = false;
      if (!(error instanceof Refusal) || !own(error)) this.#say(error);
      return false;
    }
  }

  #say(error: unknown) {
    const status = error instanceof Refusal ? error.status : -1;
    this.failure = status === 503 ? w('away') : status === 0 ? w('unreached') : why(error);
    if (error instanceof Refusal && status === 429 && error.wait > 0) {
      this.#timer = setTimeout(() => {
        this.failure = '';
        this.over = true;
      }, error.wait * 1000);
    }
  }
}
