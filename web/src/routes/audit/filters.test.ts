import { expect, test } from 'vitest';
import { fromQuery, none, toQuery } from './filters';

test('filters go into the address and come back', () => {
  const some = { ...none, actor: 'user-1', about: 'BB&CL=12', from: '2026-11-01' };
  expect(fromQuery(`?${toQuery(some)}`)).toEqual(some);
  expect(`${toQuery({ ...none, about: '  ' })}`).toBe('');
  expect(fromQuery('?other=1')).toEqual(none);
});
