import { expect, test } from 'vitest';
import { span } from './span';

test.each([
  [-1, '0 s'],
  [0.2, '1 s'],
  [89, '89 s'],
  [90, '2 min'],
  [3600, '60 min'],
  [90 * 60, '2 h'],
  [35 * 3600, '35 h'],
  [36 * 3600, '2 días'],
  [30 * 86_400, '30 días'],
])('%d s is %s', (seconds, text) => expect(span(seconds)).toBe(text));
