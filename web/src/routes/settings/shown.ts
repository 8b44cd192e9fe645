import { choiceText, w } from './words';

/** A setting's value as a person reads it. */
export function shown(name: string, value: unknown): string {
  if (typeof value === 'boolean') return w(value ? 'yes' : 'no');
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : w('empty');
  if (value && typeof value === 'object') return Object.values(value).join(', ');
  if (value === '' || value === undefined || value === null) return w('empty');
  return typeof value === 'string' ? choiceText(name, value) : String(value);
}
