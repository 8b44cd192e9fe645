import { expect, test } from 'vitest';
import type { User } from '../../identity';
import { called, found } from './people';

const person = (name: string, over: Partial<User> = {}): User => ({
  id: `user-${name}`,
  email: `${name.toLowerCase()}@example.cl`,
  name,
  role: 'reader',
  state: 'active',
  totp: false,
  created_at: '2026-11-01T12:00:00Z',
  ...over,
});
const people = [
  person('Zoé'),
  person('Ñuñez', { role: 'vendor', plate: 'BBCL12' }),
  person('Ana', { state: 'removed', role: 'admin' }),
  person('Rosa', { role: 'admin' }),
  person('', { email: 'nuevo@example.cl', state: 'invited' }),
];
const names = (search: string, removedToo = false) => found(people, search, removedToo).map(called);

test('people are found whatever the accents, admins first, the removed last', () => {
  expect(names('')).toEqual(['Rosa', 'Ñuñez', 'nuevo@example.cl', 'Zoé']);
  expect(names('', true)).toEqual(['Rosa', 'Ñuñez', 'nuevo@example.cl', 'Zoé', 'Ana']);
  expect(names(' zoe ')).toEqual(['Zoé']);
  expect(names('bbcl')).toEqual(['Ñuñez']);
  expect(names('NUEVO@')).toEqual(['nuevo@example.cl']);
  expect(names('nadie')).toEqual([]);
});
