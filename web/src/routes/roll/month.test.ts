import { expect, test } from 'vitest';
import { choices, isMonth, monthAfter, monthOf, monthText } from './month';

test('the month is that of Santiago', () => {
  expect(monthOf(Date.parse('2026-12-01T02:59:00Z'))).toBe('2026-11');
  expect(monthOf(Date.parse('2026-12-01T03:00:00Z'))).toBe('2026-12');
});

test('months go over the year', () => {
  expect(monthAfter('2026-12', 1)).toBe('2027-01');
  expect(monthAfter('2026-01', -1)).toBe('2025-12');
  expect(monthAfter('2026-03', -24)).toBe('2024-03');
});

test('any month can be chosen, also one that is long ago', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(choices(now, '2026-11', 3)).toEqual(['2026-11', '2026-10', '2026-09']);
  expect(choices(now, '2019-02', 3)).toEqual(['2026-11', '2026-10', '2026-09', '2019-02']);
});

test('what is no month is none', () => {
  for (const text of ['2026-13', '2026-00', '2026-1', 'x', '']) expect(isMonth(text), text).toBe(false);
  expect(isMonth('2026-09')).toBe(true);
});

test('a month has its name', () => expect(monthText('2026-11')).toBe('noviembre de 2026'));
