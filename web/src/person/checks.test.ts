import { describe, expect, test } from 'vitest';
import { phoneInWords, readEmail, readPhone, readPlate, readRut } from './checks';

describe('RUT', () => {
  test.each([
    ['12345678-5', '12.345.678-5'],
    ['12.345.678-5', '12.345.678-5'],
    ['1000005-k', '1.000.005-K'],
    ['12000008-K', '12.000.008-K'],
    ['12000002-0', '12.000.002-0'],
    [' 012 345 678 – 5 ', '12.345.678-5'],
    ['60805000-0', '60.805.000-0'],
    ['1-9', '1-9'],
  ])('%s is right', (text, rut) => expect(readRut(text)).toEqual({ rut }));

  test.each([
    ['', 'missing'],
    ['12345678-4', 'digit'],
    ['12000008-0', 'digit'],
    ['12345678-', 'form'],
    ['12345678-55', 'form'],
    ['123456789-2', 'form'],
    ['0-0', 'form'],
    ['1a-9', 'form'],
    ['abc', 'form'],
  ])('%s is wrong: %s', (text, fault) => expect(readRut(text).fault).toBe(fault));

  test('without its dash nobody guesses, though what was probably meant is offered', () => {
    expect(readRut('123456785')).toEqual({ fault: 'dash', meant: '12.345.678-5' });
    expect(readRut('12.345.678')).toEqual({ fault: 'dash', meant: undefined });
    expect(readRut('12000006')).toEqual({ fault: 'dash', meant: '1.200.000-6' });
  });
});

describe('phone', () => {
  test.each([
    ['912345678', '+56912345678'],
    ['9 1234 5678', '+56912345678'],
    ['+56 9 1234-5678', '+56912345678'],
    ['56912345678', '+56912345678'],
    ['0056912345678', '+56912345678'],
    ['0912345678', '+56912345678'],
    ['(2) 2123 4567', '+56221234567'],
    ['32 212 3456', '+56322123456'],
    ['+54 9 11 1234 5678', '+5491112345678'],
  ])('%s is right', (text, phone) => expect(readPhone(text)).toEqual({ phone }));

  test.each([
    ['', 'missing'],
    ['12345678', 'eight'],
    ['1234567', 'length'],
    ['112345678', 'area'],
    ['nueve', 'form'],
    ['+1 23', 'abroad'],
  ])('%s is wrong: %s', (text, fault) => expect(readPhone(text)).toEqual({ fault }));

  test('it is shown in groups', () => {
    expect(phoneInWords('+56912345678')).toBe('+56 9 1234 5678');
    expect(phoneInWords('+56322123456')).toBe('+56 32 212 3456');
    expect(phoneInWords('+5491112345678')).toBe('+5491112345678');
  });
});

test('a plate of any form is folded, and a known one is told from others', () => {
  for (const text of ['bb.cl-12', 'BBCL 12', 'AA·10·00', 'abc 123', 'BBBB1', 'BBBBB1', 'AA100']) {
    expect(readPlate(text).known, text).toBe(true);
  }
  expect(readPlate('carrito 7')).toEqual({ plate: 'CARRITO7', known: false });
  expect(readPlate('Ñ12').fault).toBe('form');
  expect(readPlate('A'.repeat(17)).fault).toBe('long');
  expect(readPlate(' - ').fault).toBe('missing');
});

test('an e-mail has one @ and a domain with a dot', () => {
  expect(readEmail(' rosa@correo.cl ')).toEqual({ email: 'rosa@correo.cl' });
  for (const text of ['rosa', 'rosa@correo', 'a@b@c.cl', 'rosa @correo.cl', 'rosa@correo..cl', '<rosa@correo.cl>']) {
    expect(readEmail(text).fault, text).toBe('form');
  }
});
