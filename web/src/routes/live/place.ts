import type { Grid, Place } from '../../api';
import { t } from '../../i18n';
import { prefs } from '../../prefs.svelte';

/** Whether a position is on the plane of 0 to 99: what is not has no place to be drawn at. */
export const onPlane = ({ x, y }: Grid) => x >= 0 && x <= 99 && y >= 0 && y <= 99;

/** A place in words: degrees to about 10 m, or a square of the grid; empty when there is none. */
export function placeText(place: Place): string {
  if (place.grid) return t('carts.grid', place.grid) + (onPlane(place.grid) ? '' : ` · ${t('grid.off')}`);
  if (place.lat === undefined || place.lon === undefined) return '';
  const degrees = (n: number) => {
    const digits = n.toFixed(4).replace('-', '−');
    return prefs.lang === 'es' ? digits.replace('.', ',') : digits;
  };
  return `${degrees(place.lat)}; ${degrees(place.lon)}`;
}
