import { expect, test } from 'vitest';
import type { Application } from '../../applicant';
import { fieldsFor, onlyWaits } from './mend';

const app = { id: 'a', given_name: 'Rosa' } as Application;

test('every field that a reason names is asked for once, of a name only what is missing', () => {
  expect(fieldsFor(['rut_invalid', 'phone_missing', 'rut_repeated', 'name_missing', 'review'], app)).toEqual([
    'rut',
    'phone',
    'family_name',
  ]);
});

test('what a person must look at asks nothing of the applicant', () => {
  expect(onlyWaits(['review', 'same_name_other_rut', 'a_reason_of_tomorrow'])).toBe(true);
  expect(onlyWaits(['review', 'consent_missing'])).toBe(false);
});
