// What an applicant types, judged as the server judges it (rut.go, phone.go, plate.go, email.go), so
// that all wrong fields are named at once and before anything is sent. The server has the last word.

import type { Correctable } from '../applicant';

const dashes = /[\p{Pd}\u2212]/u;
const gaps = /[\t\p{Zs}]/gu;

/** Modulus 11: the digits from the right times 2, 3, 4, 5, 6, 7, 2, … */
export function checkDigit(body: number): string {
  let sum = 0;
  let factor = 2;
  for (let rest = body; rest > 0; rest = Math.floor(rest / 10)) {
    sum += (rest % 10) * factor;
    factor = factor === 7 ? 2 : factor + 1;
  }
  return '0K987654321'[sum % 11]!;
}

const dotted = (body: number, digit: string) => `${String(body).replace(/\B(?=(\d{3})+$)/g, '.')}-${digit}`;

export type RutFault = 'missing' | 'dash' | 'form' | 'digit';
/** `rut` is the form to show; `meant` what it would be with a dash before the last character. */
export type RutRead = { rut?: string; fault?: RutFault; meant?: string };

/**
 * Reads a RUT. The dash must be there: 12000006 is both 1.200.000-6 and the number of
 * 12.000.006-3, so nobody but its owner can say where it stands.
 */
export function readRut(text: string): RutRead {
  const trimmed = text.trim();
  if (!trimmed) return { fault: 'missing' };
  const at = trimmed.search(dashes);
  if (at < 0) {
    const bare = trimmed.replace(gaps, '').replaceAll('.', '');
    const meant = bare.length > 6 ? readRut(`${bare.slice(0, -1)}-${bare.slice(-1)}`).rut : undefined;
    return { fault: /^\d+k?$/i.test(bare) ? 'dash' : 'form', meant };
  }
  const digits = trimmed.slice(0, at).replace(gaps, '').replaceAll('.', '').replace(/^0+/, '');
  const digit = trimmed.slice(at).replace(new RegExp(`^(?:${dashes.source})+`, 'u'), '').trim().toUpperCase();
  if (!/^\d{1,8}$/.test(digits) || !/^[\dK]$/.test(digit)) return { fault: 'form' };
  const body = Number(digits);
  return checkDigit(body) === digit ? { rut: dotted(body, digit) } : { fault: 'digit' };
}

export type PhoneFault = 'missing' | 'form' | 'eight' | 'length' | 'area' | 'abroad';
const areas = new Set('32 33 34 35 41 42 43 44 45 51 52 53 55 57 58 61 63 64 65 67 71 72 73 75 22 23'.split(' '));

/** Reads a number of Chile as people write it, or any other country's with its plus sign or 00. */
export function readPhone(text: string): { phone?: string; fault?: PhoneFault } {
  const trimmed = text.trim();
  if (!trimmed) return { fault: 'missing' };
  let abroad = trimmed.startsWith('+');
  let digits = trimmed.slice(abroad ? 1 : 0).replace(/[.()/\t\p{Zs}\p{Pd}\u2212]/gu, '');
  if (!/^\d+$/.test(digits)) return { fault: 'form' };
  if (!abroad && digits.startsWith('00')) {
    abroad = true;
    digits = digits.slice(2);
  }
  if (abroad && !digits.startsWith('56')) {
    return /^[1-9]\d{6,14}$/.test(digits) ? { phone: `+${digits}` } : { fault: 'abroad' };
  }
  if (abroad || (digits.startsWith('56') && digits.length >= 11)) digits = digits.slice(2);
  digits = digits.replace(/^0/, '');
  if (digits.length === 8) return { fault: 'eight' };
  if (digits.length !== 9) return { fault: 'length' };
  return digits.startsWith('9') || areas.has(digits.slice(0, 2)) ? { phone: `+56${digits}` } : { fault: 'area' };
}

/** `+56 9 1234 5678`: as people read their own number. */
export function phoneInWords(phone: string): string {
  return phone.replace(/^\+56(9|2)(\d{4})(\d{4})$/, '+56 $1 $2 $3').replace(/^\+56([3-7]\d)(\d{3})(\d{4})$/, '+56 $1 $2 $3');
}

export type PlateFault = 'missing' | 'form' | 'long';
const legal = /^(?:[A-Z]{2}\d{3,4}|[A-Z]{3}\d{2,3}|[B-DF-HJ-NP-TV-Z]{4}\d{1,2}|[B-DF-HJ-NP-TV-Z]{5}\d)$/;

/** Folds a plate; `known` is whether it has a form of Chile, which is asked of nobody. */
export function readPlate(text: string): { plate?: string; fault?: PlateFault; known: boolean } {
  const plate = text.trim().replace(/[.·\t\p{Zs}\p{Pd}\u2212]/gu, '').toUpperCase();
  if (!plate) return { fault: 'missing', known: false };
  if (!/^[A-Z0-9]+$/.test(plate)) return { fault: 'form', known: false };
  return plate.length > 16 ? { fault: 'long', known: false } : { plate, known: legal.test(plate) };
}

export type EmailFault = 'missing' | 'form';

export function readEmail(text: string): { email?: string; fault?: EmailFault } {
  const email = text.trim();
  if (!email) return { fault: 'missing' };
  return /^[^\s@<>(),;:"\\]+@[^\s@.]+(?:\.[^\s@.]+)+$/.test(email) && email.length <= 254 ? { email } : { fault: 'form' };
}

/** The form that the server stores of a field; what cannot be read stays as it is, for the server to refuse. */
export function stored(field: Correctable, text: string): string {
  const typed = text.trim();
  if (field === 'rut') return (readRut(typed).rut ?? typed).replaceAll('.', '');
  if (field === 'phone') return readPhone(typed).phone ?? typed;
  if (field === 'plate') return readPlate(typed).plate ?? typed;
  return typed;
}
