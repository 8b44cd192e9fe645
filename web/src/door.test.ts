import { expect, test } from 'vitest';
import { doorFrom, wayBack } from './door';

const origin = 'https://gremio.example';

test('sign-in leads back to where one was', () => {
  for (const from of ['/', '/cuenta', '/registro?about=BBCL12&from=2026-11-01']) {
    expect(wayBack(new URL(doorFrom(from), origin).search, origin)).toBe(from);
  }
});

test('sign-in leads to no other host, and not to itself', () => {
  const bad = ['//evil.example/x', '/\\evil.example', 'https://evil.example', 'javascript:alert(1)', 'data:text/html,x', '/entrar', 'http://'];
  for (const to of bad) expect(wayBack(`?volver=${encodeURIComponent(to)}`, origin), to).toBe('/');
  expect(wayBack('', origin)).toBe('/');
});
