import { expect, test } from 'vitest';
import type { Application } from '../../membership';
import { beside, found, queued } from './order';

const app = (id: string, at: number, over: Partial<Application> = {}): Application => ({
  id,
  tier: 'basic',
  state: 'waiting',
  submitted_at: new Date(Date.UTC(2026, 10, 1, 12, at)).toISOString(),
  ...over,
});

test('premium ones come first, then who waits longest; an unpaid one waits with the basic ones', () => {
  const all = [
    app('new', 9),
    app('old', 1),
    app('premium', 8, { tier: 'premium', served_as: 'premium' }),
    app('older premium', 5, { tier: 'premium' }),
    app('unpaid', 2, { tier: 'premium', served_as: 'basic' }),
  ];
  expect(queued(all).map((one) => one.id)).toEqual(['older premium', 'premium', 'old', 'unpaid', 'new']);
});

test('a search finds by name or plate', () => {
  const all = [app('a', 1, { given_name: 'Rosa', family_name: 'Peña' }), app('b', 2, { plate: 'BBCL12' })];
  expect(found(all, 'pena').map((one) => one.id)).toEqual(['a']);
  expect(found(all, 'bb cl').map((one) => one.id)).toEqual(['b']);
  expect(found(all, ' ')).toHaveLength(2);
});

test('arrows move by one and stay on the list', () => {
  const ids = ['a', 'b', 'c'];
  expect(beside(ids, 'a', 'ArrowDown')).toBe('b');
  expect(beside(ids, 'c', 'ArrowDown')).toBe('c');
  expect(beside(ids, 'a', 'ArrowUp')).toBe('a');
  expect(beside(ids, 'b', 'End')).toBe('c');
  expect(beside(ids, '', 'ArrowDown')).toBe('a');
  expect(beside(ids, 'gone', 'ArrowUp')).toBe('a');
  expect(beside(ids, 'a', 'x')).toBeUndefined();
  expect(beside([], '', 'ArrowDown')).toBeUndefined();
});
