import { users } from './identity';
import { who } from './me.svelte';

/** Names of people by id, for whoever may read them; asked for when one is met that is not known. */
export class Names {
  #known = $state.raw(new Map<string, string>());
  #asked = new Set<string>();

  /** The name, or undefined while nobody can say. */
  of(id: string): string | undefined {
    const name = this.#known.get(id);
    if (!name && id.startsWith('user-') && !this.#asked.has(id) && who.can('user.read')) {
      this.#asked.add(id);
      queueMicrotask(() => void this.#load());
    }
    return name;
  }

  async #load() {
    try {
      this.#known = new Map((await users.list()).map((one) => [one.id, one.name || one.email]));
    } catch {
      // Without names the page says that somebody did it.
    }
  }
}
