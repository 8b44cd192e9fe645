// What each reason to wait asks of the applicant, and with what it can be mended here.

import type { Application, Correctable } from '../../applicant';

/** `wait`: nothing to do here, a person of the guild looks at it. */
export type Mend = { field: Correctable } | 'name' | 'consent' | 'confirm' | 'wait';

const mends: Record<string, Mend> = {
  rut_missing: { field: 'rut' },
  rut_invalid: { field: 'rut' },
  rut_repeated: { field: 'rut' },
  email_missing: { field: 'email' },
  email_invalid: { field: 'email' },
  phone_missing: { field: 'phone' },
  phone_invalid: { field: 'phone' },
  plate_taken: { field: 'plate' },
  name_missing: 'name',
  consent_missing: 'consent',
  email_unconfirmed: 'confirm',
};

export const mendOf = (reason: string): Mend => mends[reason] ?? 'wait';

/** The fields to correct for these reasons, in the order of the form. */
export function fieldsFor(reasons: string[], app: Application): Correctable[] {
  const fields = new Set<Correctable>();
  for (const reason of reasons) {
    const mend = mendOf(reason);
    if (mend === 'name') {
      if (!app.given_name) fields.add('given_name');
      if (!app.family_name) fields.add('family_name');
    } else if (typeof mend === 'object') fields.add(mend.field);
  }
  return [...fields];
}

/** Whether one more look of a person is all that is missing. */
export const onlyWaits = (reasons: string[]) => reasons.every((reason) => mendOf(reason) === 'wait');
