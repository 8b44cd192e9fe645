import type { Place } from '../../api';
import { t } from '../../i18n';
import { prefs } from '../../prefs.svelte';

/** A place in words: degrees to about 10 m, or a square of the grid; empty when there is none. */
export function placeText(place: Place): string {
  if (place.grid) return t('carts.grid', place.grid);
  if (place.lat === undefined || place.lon === undefined) return '';
  const degrees = (n: number) => {
    const digits = n.toFixed(4).replace('-', '−');
    return prefs.lang === 'es' ? digits.replace('.', ',') : digits;
  };
  return `${degrees(place.lat)}; ${degrees(place.lon)}`;
}
