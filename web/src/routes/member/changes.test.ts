import { expect, test } from 'vitest';
import type { MemberFile } from '../../membership';
import { changesFor, wrongIn, type Draft } from './changes';

const file = (over: Partial<MemberFile> = {}): MemberFile => ({
  id: 'member-1',
  application: 'application-1',
  tier: 'basic',
  state: 'active',
  joined_at: '2026-11-01T12:00:00Z',
  carts: [{ plate: 'BBCL12', from: '2026-11-01T12:00:00Z' }],
  permits: [],
  history: [],
  ...over,
});
const draft = (over: Partial<Draft> = {}): Draft => ({ reason: '', until: '', plate: '', cart: '', to: '', kind: 'municipal', number: '', ...over });
const now = Date.parse('2026-11-23T15:00:00Z');

test('what may be done follows from how the member stands', () => {
  expect(changesFor(file())).toEqual(['permit', 'toPremium', 'plate', 'give', 'suspend', 'leave']);
  expect(changesFor(file({ state: 'suspended', tier: 'premium' }))).toEqual(['permit', 'toBasic', 'plate', 'give', 'resume', 'leave']);
  expect(changesFor(file({ state: 'left' }))).toEqual(['comeBack']);
  const gone = [{ plate: 'BBCL12', from: '2026-11-01T12:00:00Z', until: '2026-11-02T12:00:00Z' }];
  expect(changesFor(file({ carts: gone }))).toEqual(['permit', 'toPremium', 'suspend', 'leave']);
});

test('a suspension says why, and does not end before it begins', () => {
  expect(Object.keys(wrongIn('suspend', draft({ until: '2026-11-22' }), now))).toEqual(['reason', 'until']);
  expect(wrongIn('suspend', draft({ reason: 'deuda', until: '2026-11-23' }), now)).toEqual({});
});

test('a cart needs somebody, a plate letters, a permit a day; the rest needs nothing', () => {
  expect(Object.keys(wrongIn('give', draft(), now))).toEqual(['to']);
  expect(Object.keys(wrongIn('plate', draft({ plate: ' - ' }), now))).toEqual(['plate']);
  expect(Object.keys(wrongIn('permit', draft(), now))).toEqual(['expires_on']);
  for (const change of ['resume', 'leave', 'comeBack', 'toBasic'] as const) expect(wrongIn(change, draft(), now)).toEqual({});
});
