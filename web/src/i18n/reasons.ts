import type { Lang } from '../prefs.svelte';

/** Why an application waits for a person, by the server's code. */
const reasons: Record<Lang, Record<string, string>> = {
  es: {
    rut_missing: 'falta el RUT',
    rut_invalid: 'el RUT no es válido: el dígito verificador no calza',
    rut_repeated: 'el RUT repite siempre el mismo dígito',
    rut_is_member: 'ya hay un miembro con este RUT',
    rut_applies_already: 'ya hay otra solicitud con este RUT',
    other_document: 'trae otro documento en vez de RUT: lo revisa una persona',
    email_missing: 'falta el correo',
    email_invalid: 'el correo no es válido',
    phone_missing: 'falta el teléfono',
    consent_missing: 'falta el consentimiento para registrar su ubicación',
    name_missing: 'falta el nombre o el apellido',
    plate_taken: 'la patente ya es de otro miembro',
    plate_unrecognised: 'la patente no tiene un formato conocido',
    plate_of_former_member: 'la patente fue de un miembro que se retiró',
    rut_of_former_member: 'el RUT es de un miembro que se retiró',
    same_name_other_rut: 'otra persona tiene el mismo nombre y otro RUT',
    email_unconfirmed: 'falta confirmar el correo',
    phone_unconfirmed: 'falta confirmar el teléfono',
    antecedent_missing: 'faltan antecedentes',
    review: 'el gremio revisa todas las solicitudes',
  },
  en: {
    rut_missing: 'the RUT is missing',
    rut_invalid: 'the RUT is not valid: its check digit does not match',
    rut_repeated: 'the RUT repeats one digit',
    rut_is_member: 'a member has this RUT already',
    rut_applies_already: 'another application has this RUT',
    other_document: 'it brings another document than a RUT: a person looks at it',
    email_missing: 'the e-mail is missing',
    email_invalid: 'the e-mail is not valid',
    phone_missing: 'the phone is missing',
    consent_missing: 'the consent to record its position is missing',
    name_missing: 'the given or the family name is missing',
    plate_taken: 'the plate belongs to another member',
    plate_unrecognised: 'the plate has no known format',
    plate_of_former_member: 'the plate was of a member who left',
    rut_of_former_member: 'the RUT is of a member who left',
    same_name_other_rut: 'somebody else has the same name and another RUT',
    email_unconfirmed: 'the e-mail is not confirmed yet',
    phone_unconfirmed: 'the phone is not confirmed yet',
    antecedent_missing: 'documents or checks are missing',
    review: 'the guild reviews every application',
  },
};

/**
 * Says a reason in words. A code that is not known is shown with its underscores as spaces: a
 * clumsy reason is better than none.
 */
export function reasonInWords(code: string, lang: Lang): string {
  return reasons[lang][code] ?? code.replaceAll('_', ' ');
}
