import { expect, test } from 'vitest';
import { age, day, moment, number, pesos } from './format';
import { fill } from './i18n';
import { en } from './i18n/en';
import { es } from './i18n/es';
import { reasonInWords } from './i18n/reasons';

const s = 1000;
const min = 60 * s;

test.each([
  [0, { unit: 'now', n: 0 }],
  [-5 * s, { unit: 'now', n: 0 }],
  [2 * s, { unit: 's', n: 2 }],
  [89 * s, { unit: 's', n: 89 }],
  [90 * s, { unit: 'min', n: 1 }],
  [89 * min, { unit: 'min', n: 89 }],
  [90 * min, { unit: 'h', n: 1 }],
  [35 * 60 * min, { unit: 'h', n: 35 }],
])('age after %d ms', (passed, wanted) => {
  expect(age(1e12, 1e12 + passed)).toEqual(wanted);
});

test('pesos have dots and no decimals', () => {
  expect([0, 500, 1500, 1234567, 999.6, -1500].map(pesos)).toEqual([
    '$0',
    '$500',
    '$1.500',
    '$1.234.567',
    '$1.000',
    '−$1.500',
  ]);
});

test('numbers and days are written as in Chile', () => {
  expect(number(12345)).toBe('12.345');
  expect(day('2026-11-22')).toBe('domingo 22 de noviembre');
  expect(day('nonsense')).toBe('nonsense');
});

test('times are on the clock of Santiago, also in the hour that comes twice', () => {
  const at = (iso: string) => moment(iso, Date.parse(iso));
  expect(at('2026-11-22T15:00:00Z')).toBe('12:00');
  expect(at('2026-07-01T15:00:00Z')).toBe('11:00');
  expect(at('2026-04-05T02:30:00Z')).toBe('23:30');
  expect(at('2026-04-05T03:30:00Z')).toBe('23:30');
});

test('an older time carries its date', () => {
  expect(moment('2026-11-20T15:00:00Z', Date.parse('2026-11-22T15:00:00Z'))).toContain('20');
});

test('both languages fill the same blanks', () => {
  const blanks = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();
  for (const key of Object.keys(es) as (keyof typeof es)[]) expect(blanks(en[key]), key).toEqual(blanks(es[key]));
});

test('what is filled in is taken literally', () => {
  expect(fill('{a} {b}', { a: '{b}', b: '$&' })).toBe('{b} $&');
});

test('reasons are words, unknown ones too', () => {
  expect(reasonInWords('rut_invalid', 'es')).toContain('RUT');
  expect(reasonInWords('moon_is_full', 'en')).toBe('moon is full');
});
