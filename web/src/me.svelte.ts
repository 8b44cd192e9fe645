import { Refusal } from './ask';
import { session, type Me } from './identity';

const again = 3_000; // ms between two tries to learn who is here

/** Who is signed in in this browser. The cookie is the server's business: no script can read it. */
class Who {
  me = $state.raw<Me | undefined>();
  /** `unreached`: nobody could say, so nothing is shown and it is tried again. */
  state = $state<'asking' | 'known' | 'stranger' | 'unreached'>('asking');

  async load() {
    try {
      this.take(await session.read());
    } catch (error) {
      const status = error instanceof Refusal ? error.status : 0;
      if (status === 401) {
        this.me = undefined;
        this.state = 'stranger';
        return;
      }
      if (this.state !== 'known') this.state = 'unreached';
      setTimeout(() => void this.load(), again);
    }
  }

  take(me: Me) {
    this.me = me;
    this.state = 'known';
  }

  /** Whether this person may do `action`, perhaps to their own cart only. The server decides; pages only hide. */
  can(action: string): boolean {
    return this.me?.actions[action] !== undefined;
  }
}

export const who = new Who();
