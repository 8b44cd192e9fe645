import { expect, test } from 'vitest';
import type { Alert, Application, Cart } from '../../api';
import { countStates, filterCarts, fold, sortAlerts, sortApplications, sortCarts } from './order';

const cart = (plate: string, state: Cart['state'], heard_at?: string): Cart => ({ plate, state, heard_at });
const carts = [
  cart('10', 'live'),
  cart('2', 'live'),
  cart('AA', 'off_shift'),
  cart('B1', 'missing', '2026-11-22T12:05:00Z'),
  cart('Z1', 'missing', '2026-11-22T12:00:00Z'),
  cart('Q', 'quiet'),
];

test('missing carts come first, the longest unheard of on top, numbers as people count', () => {
  expect(sortCarts([...carts]).map((c) => c.plate)).toEqual(['Z1', 'B1', 'Q', '2', '10', 'AA']);
});

test('a search folds what is typed', () => {
  expect(fold('ab.cd-12')).toBe('ABCD12');
  expect(filterCarts([cart('ABCD12', 'live')], 'all', 'b.c')).toHaveLength(1);
  expect(filterCarts(carts, 'missing', '')).toHaveLength(2);
  expect(filterCarts(carts, 'live', 'z')).toHaveLength(0);
});

test('states are counted', () => {
  expect(countStates(carts)).toEqual({ live: 2, quiet: 1, missing: 2, off_shift: 1 });
});

test('alerts: untaken, then graver, then newer; closed ones never', () => {
  const alert = (id: string, state: Alert['state'], severity: Alert['severity'], minute: number): Alert => ({
    id,
    kind: 'silent',
    state,
    severity,
    raised_at: `2026-11-22T12:0${minute}:00Z`,
  });
  const sorted = sortAlerts([
    alert('taken', 'acknowledged', 'critical', 9),
    alert('gone', 'closed', 'critical', 9),
    alert('info', 'open', 'info', 9),
    alert('old', 'open', 'critical', 1),
    alert('new', 'open', 'critical', 5),
  ]);
  expect(sorted.map((a) => a.id)).toEqual(['new', 'old', 'info', 'taken']);
});

test('applications: what waits first, premium before basic', () => {
  const application = (id: string, state: Application['state'], tier: Application['tier']): Application => ({
    id,
    name: id,
    state,
    tier,
    submitted_at: '2026-11-22T12:00:00Z',
  });
  const sorted = sortApplications([
    application('done', 'approved', 'premium'),
    application('basic', 'waiting', 'basic'),
    application('premium', 'waiting', 'premium'),
  ]);
  expect(sorted.map((a) => a.id)).toEqual(['premium', 'basic', 'done']);
});
