import { expect, test } from 'vitest';
import type { Alert } from '../../api';
import { prefs } from '../../prefs.svelte';
import { causeOf } from './cause';

const alert = (kind: string, cause: string): Alert => ({ id: 'a', kind, cause, state: 'open', severity: 'info', raised_at: '2026-11-22T15:00:00Z' });

test('a permit that expires is told in the language of the page, without the person', () => {
  const ends = alert('permit_expires', 'municipal permit of cart AAAA11 ends on 2027-03-31');
  prefs.lang = 'es';
  expect(causeOf(ends)).toMatch(/^El permiso municipal vence el .*31.*\.$/);
  expect(causeOf(alert('permit_expires', 'sanitary permit of member m-1 ended on 2027-03-31'))).toMatch(/^La resolución sanitaria del miembro m-1 venció el .*31.*\.$/);
  prefs.lang = 'en';
  expect(causeOf(ends)).toMatch(/^The municipal permit expires on .*31.*\.$/);
});

test('what only the server has words for is left to it', () => {
  expect(causeOf(alert('permit_expires', 'of another make'))).toBe('');
  expect(causeOf(alert('brand_new', 'x'))).toBe('');
});
