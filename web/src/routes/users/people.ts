import { roles, type User } from '../../identity';

/** What to call somebody who may not have given a name yet. */
export const called = (user: User) => user.name.trim() || user.email || user.id;

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Those that match the search (accents and case aside), admins first, the removed last. */
export function found(people: User[], search: string, removedToo: boolean): User[] {
  const wanted = plain(search.trim());
  const says = (one: User) => plain([one.name, one.email, one.plate ?? ''].join(' ')).includes(wanted);
  const rank = (one: User) => (one.state === 'removed' ? roles.length : roles.indexOf(one.role));
  return people
    .filter((one) => (removedToo || one.state !== 'removed') && says(one))
    .sort((a, b) => rank(a) - rank(b) || called(a).localeCompare(called(b), 'es'));
}
