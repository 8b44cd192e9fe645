import type { Correctable } from '../applicant';
import { readEmail, readPhone, readPlate, readRut } from './checks';
import { w } from './words';

/** What is wrong with a field that must be filled in, in words; '' when nothing is. */
export function faultOf(field: Correctable, text: string): string {
  switch (field) {
    case 'rut':
      return said(readRut(text).fault, { missing: 'rutMissing', dash: 'rutDash', form: 'rutForm', digit: 'rutDigit' });
    case 'phone':
      return said(readPhone(text).fault, {
        missing: 'phoneMissing',
        form: 'phoneForm',
        eight: 'phoneEight',
        length: 'phoneLength',
        area: 'phoneArea',
        abroad: 'phoneAbroad',
      });
    case 'email':
      return said(readEmail(text).fault, { missing: 'emailMissing', form: 'emailForm' });
    case 'plate':
      return said(readPlate(text).fault, { missing: 'plateMissing', form: 'plateForm', long: 'plateLong' });
    default:
      return text.trim() ? '' : w(`${field}Missing`);
  }
}

function said<F extends string>(fault: F | undefined, keys: Record<F, Parameters<typeof w>[0]>): string {
  return fault ? w(keys[fault]) : '';
}
