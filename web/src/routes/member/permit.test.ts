import { expect, test } from 'vitest';
import { lookOf } from './permit';

const now = Date.parse('2026-11-24T02:30:00Z'); // still the 23rd in Santiago

test.each([
  ['2026-11-22', 'over'],
  ['2026-11-23', 'goodToday'],
  ['2026-11-24', 'goodSoon'],
  ['2026-12-23', 'goodSoon'],
  ['2026-12-24', 'good'],
])('a permit until %s is %s', (day, text) => expect(lookOf(day, now, 30).text).toBe(text));
