import { prefs, type Lang } from '../prefs.svelte';
import { en } from './en';
import { es } from './es';

export type Key = keyof typeof es;
type Values = Record<string, string | number>;

const shell: Record<Lang, Record<Key, string>> = { es, en };

/** The text of `key` in the chosen language; whoever draws it is redrawn when that changes. */
export function t(key: Key, values?: Values): string {
  return fill(shell[prefs.lang][key], values);
}

/** The text of `key` if there is such a key, else `otherwise`: for codes that the server may add. */
export function tOr(key: string, otherwise: string, values?: Values): string {
  return key in es ? t(key as Key, values) : otherwise;
}

export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The words of one page, loaded with it so that the first page stays small. */
export function words<K extends string>(own: { es: Record<K, string>; en: Record<NoInfer<K>, string> }) {
  return (key: K, values?: Values) => fill(own[prefs.lang][key], values);
}
