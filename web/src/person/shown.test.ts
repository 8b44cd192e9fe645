import { expect, test } from 'vitest';
import { nameOf, rutShown, says } from './shown';

const rosa = { given_name: 'Rosa', family_name: 'Ñuñez Peña', rut: '12345678-5', plate: 'BBCL12', phone: '+56912345678' };

test('a RUT is dotted, also one whose digit fails; what is none stays as it is', () => {
  expect(rutShown('12345678-5')).toBe('12.345.678-5');
  expect(rutShown('1000005-k')).toBe('1.000.005-K');
  expect(rutShown('12345678-4')).toBe('12.345.678-4');
  expect(rutShown('1-1')).toBe('1-1');
  expect(rutShown('pasaporte 12')).toBe('pasaporte 12');
});

test('a name is what there is of it', () => {
  expect(nameOf(rosa)).toBe('Rosa Ñuñez Peña');
  expect(nameOf({ given_name: ' ', family_name: 'Soto' })).toBe('Soto');
  expect(nameOf({})).toBe('');
});

test.each(['', 'rosa', 'nunez rosa', 'PEÑA', 'bb.cl-12', 'cl12', '12.345.678-5', '12345678', '9 1234 5678'])('%j finds her', (search) =>
  expect(says(rosa, search)).toBe(true),
);
test.each(['rosas', 'rosa soto', 'zz', '87654321', '--x'])('%j does not', (search) => expect(says(rosa, search)).toBe(false));
