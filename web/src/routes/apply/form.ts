import type { Consents, Correctable, NewApplication } from '../../applicant';
import { stored } from '../../person/checks';
import { faultOf } from '../../person/faults';
import type { Draft } from './kept';

/** The fields that this draft has to fill in, in the order of the form. */
export function fieldsOf(draft: Draft): Correctable[] {
  return [
    'given_name',
    'family_name',
    draft.noRut ? 'document' : 'rut',
    'phone',
    'email',
    ...(draft.noPlate ? [] : ['plate' as const]),
  ];
}

/** Every wrong field at once; `missing` says it of a consent that is needed and not given. */
export function wrongIn(draft: Draft, texts: Consents | undefined, agreed: Record<string, boolean>, missing: string) {
  const wrong: Record<string, string> = {};
  for (const field of fieldsOf(draft)) {
    const fault = faultOf(field, draft[field]);
    if (fault) wrong[field] = fault;
  }
  for (const p of texts?.purposes ?? []) {
    if (p.required && !agreed[p.purpose]) wrong[`consent.${p.purpose}`] = missing;
  }
  return wrong;
}

/** The body to send, in the forms that the server stores. */
export function bodyOf(id: string, draft: Draft, texts: Consents | undefined, agreed: Record<string, boolean>): NewApplication {
  const version = texts?.version;
  const given = (texts?.purposes ?? []).filter((p) => agreed[p.purpose]);
  const said = (field: Correctable) => stored(field, draft[field]);
  return {
    id,
    given_name: said('given_name'),
    family_name: said('family_name'),
    ...(draft.noRut ? { document: said('document') } : { rut: said('rut') }),
    email: said('email'),
    phone: said('phone'),
    ...(!draft.noPlate && { plate: said('plate') }),
    tier: draft.tier,
    consent: { tracking: given.some((p) => p.purpose === 'tracking'), ...(version && { version }) },
    ...(version && { consents: given.map((p) => ({ purpose: p.purpose, version })) }),
  };
}
