import type { ExpressionSpecification, LayerSpecification, StyleSpecification } from 'maplibre-gl';
import type { Feature, FeatureCollection } from 'geojson';
import outline from './chile.geojson?url';
import { places } from './places';

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] };
// Without `glyphs` in the style MapLibre draws letters with the device's own fonts.
const font = ['sans-serif'];

/** Zoom from which carts are named: placing thousands of names takes most of a second. */
export const labelsFrom = (carts: number) => (carts > 400 ? 13.5 : 8);


/** Reads the tokens of the theme that is shown, so that the map has no colours of its own. */
export function palette(root: Element = document.documentElement) {
  const tokens = getComputedStyle(root);
  return (name: string) => tokens.getPropertyValue(`--${name}`).trim();
}

type Color = ReturnType<typeof palette>;

/** Marks and names grow with the page's letters, so that a wall screen is read from afar. */
function scale(): number {
  return parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}

const placeLabels: FeatureCollection = {
  type: 'FeatureCollection',
  features: places.map(
    ([name, lat, lon, from]): Feature => ({
      type: 'Feature',
      properties: { name, from },
      geometry: { type: 'Point', coordinates: [lon, lat] },
    }),
  ),
};

function ground(color: Color): LayerSpecification[] {
  return [
    { id: 'sea', type: 'background', paint: { 'background-color': color('map-sea') } },
    {
      id: 'land',
      type: 'fill',
      source: 'outline',
      paint: {
        'fill-color': ['match', ['get', 'iso'], 'CL', color('map-land'), color('map-land-near')],
        'fill-antialias': false,
      },
    },
    {
      id: 'graticule',
      type: 'line',
      source: 'graticule',
      filter: ['==', ['geometry-type'], 'LineString'],
      paint: { 'line-color': color('map-grid'), 'line-width': 0.75, 'line-opacity': 0.7 },
    },
    {
      id: 'border',
      type: 'line',
      source: 'outline',
      paint: { 'line-color': color('map-border'), 'line-width': ['interpolate', ['linear'], ['zoom'], 3, 0.6, 9, 1.6] },
    },
  ];
}

function names(color: Color): LayerSpecification[] {
  return [
    {
      id: 'degrees',
      type: 'symbol',
      source: 'graticule',
      filter: ['==', ['geometry-type'], 'Point'],
      layout: {
        'text-field': ['get', 'text'],
        'text-font': font,
        'text-size': 11 * scale(),
        'text-anchor': ['get', 'anchor'] as ExpressionSpecification,
        'text-offset': ['match', ['get', 'anchor'], 'left', ['literal', [0.4, -0.7]], ['literal', [0, -0.3]]],
      },
      paint: { 'text-color': color('map-text'), 'text-halo-color': color('map-land'), 'text-halo-width': 1 },
    },
    {
      id: 'places',
      type: 'symbol',
      source: 'places',
      filter: ['<=', ['get', 'from'], ['zoom']],
      layout: {
        'text-field': ['get', 'name'],
        'text-font': font,
        'text-size': ['interpolate', ['linear'], ['zoom'], 4, 11 * scale(), 12, 14 * scale()],
        'symbol-sort-key': ['get', 'from'],
      },
      paint: { 'text-color': color('map-text'), 'text-halo-color': color('map-land'), 'text-halo-width': 1.5 },
    },
  ];
}

/** Live carts are full discs, quiet ones rings, sightings carry an exclamation mark: shape first, colour second. */
function marks(color: Color): LayerSpecification[] {
  const state = (live: string, quiet: string): ExpressionSpecification => [
    'match',
    ['get', 'state'],
    'live',
    color(live),
    color(quiet),
  ];
  const k = scale();
  const size: ExpressionSpecification = ['interpolate', ['linear'], ['zoom'], 5, 4 * k, 11, 7 * k, 15, 10 * k];
  return [
    {
      id: 'sightings',
      type: 'circle',
      source: 'sightings',
      paint: {
        'circle-color': color('plum'),
        'circle-radius': 10 * k,
        'circle-stroke-color': color('dough'),
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'sightings-mark',
      type: 'symbol',
      source: 'sightings',
      layout: { 'text-field': '!', 'text-font': font, 'text-size': 15 * k, 'text-allow-overlap': true },
      paint: { 'text-color': color('dough') },
    },
    {
      id: 'chosen',
      type: 'circle',
      source: 'carts',
      filter: ['==', ['get', 'plate'], ''],
      paint: {
        'circle-color': color('pumpkin-glow'),
        'circle-opacity': 0.35,
        'circle-radius': 20 * k,
        'circle-stroke-color': color('pumpkin'),
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'carts',
      type: 'circle',
      source: 'carts',
      paint: {
        'circle-color': state('herb', 'dough'),
        'circle-radius': size,
        'circle-stroke-color': state('dough', 'mustard'),
        'circle-stroke-width': ['match', ['get', 'state'], 'live', 2, 3.5],
      },
    },
    {
      id: 'plates',
      type: 'symbol',
      source: 'carts',
      minzoom: labelsFrom(0),
      layout: {
        // An empty picture keeps other carts' plates off this one's disc.
        'icon-image': 'room',
        'icon-allow-overlap': true,
        'text-optional': true,
        'text-field': ['get', 'plate'],
        'text-font': font,
        'text-size': 13 * k,
        'text-variable-anchor': ['top', 'bottom', 'left', 'right'],
        'text-radial-offset': 0.85,
      },
      paint: { 'text-color': color('ink'), 'text-halo-color': color('dough'), 'text-halo-width': 2 },
    },
  ];
}

/** The whole style of the outline map, in the colours of the theme now shown. */
export function outlineStyle(color: Color = palette()): StyleSpecification {
  return {
    version: 8,
    sources: {
      outline: { type: 'geojson', data: outline },
      graticule: { type: 'geojson', data: nothing },
      places: { type: 'geojson', data: placeLabels },
      sightings: { type: 'geojson', data: nothing },
      carts: { type: 'geojson', data: nothing, promoteId: 'plate' },
    },
    layers: [...ground(color), ...names(color), ...marks(color)],
  };
}

/** Puts a street style between the outline and the marks. */
export function withStreets(street: StyleSpecification, color: Color = palette()): StyleSpecification {
  const own = outlineStyle(color);
  const { glyphs: _, ...rest } = street;
  return {
    ...rest,
    sources: { ...street.sources, ...own.sources },
    layers: [
      ...ground(color).filter((layer) => layer.id !== 'graticule'),
      ...street.layers.filter((layer) => layer.type !== 'background'),
      ...marks(color),
    ],
  };
}
