/** What the audit page is filtered by, as it stands in the page's address and in requests. */
export type Filters = { actor: string; action: string; about: string; from: string; to: string };

export const none: Filters = { actor: '', action: '', about: '', from: '', to: '' };
const names = Object.keys(none) as (keyof Filters)[];

export function fromQuery(search: string): Filters {
  const query = new URLSearchParams(search);
  return Object.fromEntries(names.map((name) => [name, query.get(name) ?? ''])) as Filters;
}

/** Filters that are set, and no others. */
export function toQuery(filters: Filters): URLSearchParams {
  const set = names.filter((name) => filters[name].trim());
  return new URLSearchParams(set.map((name) => [name, filters[name].trim()]));
}
