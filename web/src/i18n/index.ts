import { prefs, type Lang } from '../prefs.svelte';
import { en } from './en';
import { es } from './es';

export type Key = keyof typeof es;
type Values = Record<string, string | number>;

const words: Record<Lang, Record<Key, string>> = { es, en };

/** The text of `key` in the chosen language; whoever draws it is redrawn when that changes. */
export function t(key: Key, values?: Values): string {
  return fill(words[prefs.lang][key], values);
}

/** The text of `key` if there is such a key, else `otherwise`: for codes that the server may add. */
export function tOr(key: string, otherwise: string, values?: Values): string {
  return key in es ? t(key as Key, values) : otherwise;
}

export function fill(text: string, values: Values = {}): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}
