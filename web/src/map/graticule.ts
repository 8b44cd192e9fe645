import type { Feature, FeatureCollection } from 'geojson';

export type Box = { west: number; south: number; east: number; north: number };

const steps = [30, 10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001];
const most = 7; // lines across the wider side

/** Degrees between lines: the finest step that does not crowd the box. */
export function stepFor(box: Box): number {
  const span = Math.max(box.east - box.west, box.north - box.south);
  return steps.findLast((step) => span / step <= most) ?? steps[0]!;
}

const names = { es: { n: 'N', s: 'S', e: 'E', w: 'O' }, en: { n: 'N', s: 'S', e: 'E', w: 'W' } };

/** `33,45° S`; as many decimals as the step needs. */
export function degrees(value: number, step: number, axis: 'lat' | 'lon', lang: 'es' | 'en'): string {
  const decimals = step >= 1 ? 0 : Math.ceil(-Math.log10(step) - 1e-9);
  const word = names[lang];
  const side = axis === 'lat' ? (value < 0 ? word.s : word.n) : value < 0 ? word.w : word.e;
  const digits = Math.abs(value).toFixed(decimals);
  return `${lang === 'es' ? digits.replace('.', ',') : digits}° ${side}`;
}

function line(from: [number, number], to: [number, number]): Feature {
  return { type: 'Feature', properties: {}, geometry: { type: 'LineString', coordinates: [from, to] } };
}

function label(text: string, lon: number, lat: number, anchor: 'left' | 'bottom'): Feature {
  return { type: 'Feature', properties: { text, anchor }, geometry: { type: 'Point', coordinates: [lon, lat] } };
}

/** Lines of even degrees over the box and a margin around it, labelled at its left and lower edge. */
export function graticule(box: Box, lang: 'es' | 'en'): FeatureCollection {
  const step = stepFor(box);
  const width = box.east - box.west;
  const height = box.north - box.south;
  const wide = { west: box.west - width, east: box.east + width };
  const tall = { south: Math.max(-85, box.south - height), north: Math.min(85, box.north + height) };
  const features: Feature[] = [];
  for (let i = Math.ceil(tall.south / step); i * step <= tall.north; i++) {
    const lat = i * step;
    features.push(line([wide.west, lat], [wide.east, lat]));
    if (lat > box.south && lat < box.north) {
      features.push(label(degrees(lat, step, 'lat', lang), box.west, lat, 'left'));
    }
  }
  for (let i = Math.ceil(wide.west / step); i * step <= wide.east; i++) {
    const lon = i * step;
    features.push(line([lon, tall.south], [lon, tall.north]));
    if (lon > box.west && lon < box.east) {
      features.push(label(degrees(lon, step, 'lon', lang), lon, box.south, 'bottom'));
    }
  }
  return { type: 'FeatureCollection', features };
}
