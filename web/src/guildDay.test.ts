import { expect, test } from 'vitest';
import { beginsDay, dayAfter, dayOf, daysBetween, endOf } from './guildDay';

test('the day of an instant is that of Santiago', () => {
  expect(dayOf(Date.parse('2026-11-24T02:59:59Z'))).toBe('2026-11-23');
  expect(dayOf(Date.parse('2026-11-24T03:00:00Z'))).toBe('2026-11-24');
});

test('days are counted over a change of the clock', () => {
  expect(dayAfter('2026-09-05', 1)).toBe('2026-09-06');
  expect(dayAfter('2026-12-31', 1)).toBe('2027-01-01');
  expect(daysBetween('2026-04-01', '2026-05-01')).toBe(30);
  expect(daysBetween('2026-11-23', '2026-11-20')).toBe(-3);
});

test('a day ends when the next begins, in summer, in winter, and when midnight is left out', () => {
  expect(endOf('2026-11-23')).toBe('2026-11-24T03:00:00.000Z');
  expect(endOf('2026-06-10')).toBe('2026-06-11T04:00:00.000Z');
  // The clocks go forward at midnight of 6 September 2026: that day begins at 01:00.
  expect(endOf('2026-09-05')).toBe('2026-09-06T04:00:00.000Z');
  expect(dayOf(Date.parse(endOf('2026-09-05')) - 1)).toBe('2026-09-05');
});

test('an instant that begins a day is told from one within it', () => {
  expect(beginsDay(Date.parse('2026-11-24T03:00:00Z'))).toBe(true);
  expect(beginsDay(Date.parse('2026-11-24T03:00:01Z'))).toBe(false);
});
