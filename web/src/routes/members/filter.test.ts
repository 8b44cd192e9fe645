import { expect, test } from 'vitest';
import type { Member } from '../../membership';
import { filtered } from './filter';

const member = (given_name: string, over: Partial<Member> = {}): Member => ({
  id: given_name,
  application: 'a',
  given_name,
  tier: 'basic',
  state: 'active',
  joined_at: '2026-11-01T12:00:00Z',
  ...over,
});
const all = [
  member('Zoé'),
  member('Ñandú', { tier: 'premium', plate: 'BBCL12' }),
  member('Ana', { state: 'left' }),
  member('Óscar', { state: 'suspended' }),
];
const names = (filter: Partial<{ state: string; tier: string; search: string }>) =>
  filtered(all, { state: '', tier: '', search: '', ...filter }).map((one) => one.given_name);

test('the suspended come first and those who left last, by name as Spanish has it', () => {
  expect(names({})).toEqual(['Óscar', 'Ñandú', 'Zoé', 'Ana']);
});

test('state, tier and search narrow the list together', () => {
  expect(names({ state: 'active' })).toEqual(['Ñandú', 'Zoé']);
  expect(names({ tier: 'premium' })).toEqual(['Ñandú']);
  expect(names({ search: 'bb-cl' })).toEqual(['Ñandú']);
  expect(names({ search: 'oscar', state: 'active' })).toEqual([]);
});
