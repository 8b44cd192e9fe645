// How people and what they bring are written on the pages of the office.

import type { Correctable } from '../applicant';
import { readRut } from './checks';

type Somebody = Partial<Record<Correctable, string>>;

/** The whole name, '' when nobody knows it. */
export const nameOf = (one: Somebody): string => [one.given_name, one.family_name].map((part) => part?.trim()).filter(Boolean).join(' ');

/** `12.345.678-5`; one whose check digit fails is dotted all the same, so that it is read like any other. */
export function rutShown(rut: string): string {
  const read = readRut(rut).rut;
  if (read) return read;
  const [, body, digit] = /^\s*([\d.]+)\s*-\s*([\dkK])\s*$/.exec(rut) ?? [];
  if (!body || !digit) return rut;
  return `${body.replaceAll('.', '').replace(/\B(?=(\d{3})+$)/g, '.')}-${digit.toUpperCase()}`;
}

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const bare = (text: string) => plain(text).replace(/[^\p{L}\p{N}]/gu, '');

/** Whether somebody matches what is searched: words of the name, or a part of plate, RUT or number in any way of writing. */
export function says(one: Somebody, search: string): boolean {
  const wanted = plain(search).split(/\s+/).filter(Boolean);
  const name = plain(nameOf(one));
  if (wanted.every((word) => name.includes(word))) return true;
  const code = bare(search);
  return code !== '' && [one.plate, one.rut, one.document, one.phone].some((text) => text && bare(text).includes(code));
}
