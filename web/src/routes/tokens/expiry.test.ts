import { expect, test } from 'vitest';
import { expiry } from './expiry';

const now = Date.parse('2026-11-23T12:00:00Z');

test('a key ends after days, or with a day', () => {
  expect(expiry('30', '', now)).toBe('2026-12-23T12:00:00.000Z');
  expect(expiry('day', '2026-12-01', now)).toBe('2026-12-02T03:59:00.000Z');
});

test('a key that is over already is none', () => {
  for (const day of ['', '2026-11-20', 'mañana']) expect(expiry('day', day, now), day).toBe('');
  expect(expiry('x', '', now)).toBe('');
});
