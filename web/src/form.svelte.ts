import { tick } from 'svelte';
import { why } from './act.svelte';
import { Refusal } from './ask';

/** The state of one form: sent once at a time, and what was wrong with it, by field or as a whole. */
export class Form {
  busy = $state(false);
  failure = $state('');
  wrong = $state<Record<string, string>>({});

  /**
   * Runs `act` and returns whether the server took it. `words` says, for each field that the
   * server may refuse, what to tell the person; '' keeps the server's own words.
   */
  async send(act: () => Promise<unknown>, words: Record<string, string> = {}): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.failure = '';
    this.wrong = {};
    try {
      await act();
      return true;
    } catch (error) {
      if (!this.#blame(error, words)) this.failure = why(error);
      return false;
    } finally {
      this.busy = false;
    }
  }

  /** Marks fields as wrong and puts the focus on the first; for checks that need no server. */
  reject(wrong: Record<string, string>): boolean {
    this.failure = '';
    this.wrong = wrong;
    void toFirstWrong();
    return Object.keys(wrong).length > 0;
  }

  #blame(error: unknown, words: Record<string, string>): boolean {
    if (!(error instanceof Refusal)) return false;
    const wrong: Record<string, string> = {};
    for (const [field, own] of Object.entries(words)) {
      const said = error.wrong(field);
      if (said !== undefined) wrong[field] = own || said;
    }
    return this.reject(wrong);
  }
}

async function toFirstWrong() {
  await tick();
  const form = document.activeElement?.closest('form') ?? document;
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}
