import type { Alert } from '../../api';
import { date, moment } from '../../format';
import { t, tOr, type Key } from '../../i18n';

const permit = /^(municipal|sanitary) permit of (cart|member) (\S+) (ends|ended) on (\d{4}-\d\d-\d\d)$/;

/** Why an alert was raised, in the reader's own words where they are known, else ''; the server's own are English. */
export function causeOf(alert: Alert): string {
  const said = alert.kind === 'permit_expires' && permit.exec(alert.cause ?? '');
  if (said) {
    const [, kind, of, whose, end, day] = said;
    const which = t(`permit.${kind}` as Key);
    return t(`cause.permit_${end}` as Key, {
      permit: of === 'member' ? t('permit.ofMember', { permit: which, member: whose! }) : which,
      date: date(`${day}T12:00:00Z`),
    });
  }
  return tOr(`cause.${alert.kind}`, '', { time: moment(alert.raised_at, Date.parse(alert.raised_at)) }); // never the date: Ago has that
}
