// The two choices a browser remembers: language and theme.

export type Lang = 'es' | 'en';
export type Theme = 'system' | 'light' | 'dark';

const dark = globalThis.matchMedia?.('(prefers-color-scheme: dark)');
const paper = globalThis.matchMedia?.('print'); // ink is dark on light, whatever the screen

function recall<T extends string>(key: string, known: readonly T[], otherwise: T): T {
  try {
    const value = localStorage.getItem(key) as T;
    return known.includes(value) ? value : otherwise;
  } catch {
    return otherwise; // storage is switched off: the choice lasts for this page
  }
}

function remember(key: string, value: string) {
  try {
    localStorage.setItem(key, value);
  } catch {
    // see recall
  }
}

class Prefs {
  lang = $state<Lang>(recall('gremio.lang', ['es', 'en'], 'es'));
  theme = $state<Theme>(recall('gremio.theme', ['system', 'light', 'dark'], 'system'));
  #systemDark = $state(dark?.matches ?? false);
  shade = $derived<'light' | 'dark'>(
    this.theme === 'system' ? (this.#systemDark ? 'dark' : 'light') : this.theme,
  );

  constructor() {
    dark?.addEventListener('change', (e) => {
      this.#systemDark = e.matches;
      this.show();
    });
    paper?.addEventListener('change', () => this.show());
  }

  setLang(lang: Lang) {
    this.lang = lang;
    remember('gremio.lang', lang);
    this.show();
  }

  setTheme(theme: Theme) {
    this.theme = theme;
    remember('gremio.theme', theme);
    this.show();
  }

  /** Puts both choices on the document; called before anything is drawn. */
  show() {
    const root = document.documentElement;
    root.lang = this.lang === 'es' ? 'es-CL' : 'en';
    root.dataset.theme = paper?.matches ? 'light' : this.shade;
  }
}

export const prefs = new Prefs();
