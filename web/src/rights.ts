// What a person may ask about the own data: a copy, who has seen it, to be forgotten. The person asks
// with the application's token, the office for somebody who came to it.

import { ask, Refusal } from './ask';

/** What somebody read or did about a person. `actor` is a name, `terminal`, `applicant` or an id. */
export type Read = { at: string; actor: string; action: string };

/** What goes when somebody is forgotten. */
export type Erasure = {
  applications: { id: string; given_name?: string; family_name?: string; plate?: string; submitted_at: string }[];
  accounts: { id: string; email: string }[];
  plates: string[];
};

export type CopyKind = 'export' | 'export.zip';

export class Rights {
  readonly #path: (rest: string) => string;
  readonly #stranger: boolean;

  /** `path` returns the address of something of the application; `stranger`: it carries the token itself. */
  constructor(path: (rest: string) => string, stranger: boolean) {
    this.#path = path;
    this.#stranger = stranger;
  }

  reads = () => ask<{ items: Read[] | null }>('GET', this.#path('/reads'), undefined, this.#stranger).then((list) => list.items ?? []);
  erasure = () => ask<Erasure>('GET', this.#path('/erasure'), undefined, this.#stranger);
  erase = (reason: string) => ask('POST', this.#path('/erase'), reason ? { reason } : {}, this.#stranger);

  /** Saves all that is held as a file. Fetched, not linked to: a link's address is kept in the browser's history. */
  async save(kind: CopyKind): Promise<void> {
    let answer: Response;
    try {
      answer = await fetch(this.#path(`/${kind}`), { cache: 'no-store' });
    } catch {
      throw new Refusal(0);
    }
    if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
    const url = URL.createObjectURL(await answer.blob());
    const link = document.createElement('a');
    link.href = url;
    link.download = kind === 'export' ? 'mis-datos.json' : 'mis-datos.zip';
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  }
}
