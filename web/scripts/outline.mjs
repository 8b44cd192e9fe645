// Writes src/map/chile.geojson: Chile and its neighbours from Natural Earth 1:10m
// (public domain), shipped as TopoJSON by the package world-atlas.
// The result is committed; run this again only when world-atlas changes.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { feature } from 'topojson-client';
import { presimplify, simplify } from 'topojson-simplify';

const require = createRequire(import.meta.url);
const source = JSON.parse(readFileSync(require.resolve('world-atlas/countries-10m.json'), 'utf8'));

// ISO 3166-1 numeric codes.
const countries = { '152': 'CL', '032': 'AR', '068': 'BO', '604': 'PE' };
const decimals = 3; // about 100 m, finer than the 1:10m source
const smallestRing = 0.0006; // square degrees: below this an islet is a dot at any useful zoom
// Visvalingam's triangle area in square degrees; done on the topology, so that neighbours
// still share their border. Keeps the file near 40 kB gzipped.
const detail = 0.0006;
const round = (n) => Number(n.toFixed(decimals));

const wanted = {
  ...source,
  objects: { c: { type: 'GeometryCollection', geometries: source.objects.countries.geometries.filter((g) => countries[g.id]) } },
};
const world = simplify(presimplify(wanted), detail);

function ring(points) {
  const out = [];
  for (const [lon, lat] of points) {
    const p = [round(lon), round(lat)];
    const last = out.at(-1);
    if (!last || last[0] !== p[0] || last[1] !== p[1]) out.push(p);
  }
  return out;
}

function area(points) {
  let sum = 0;
  for (let i = 1; i < points.length; i++) {
    sum += points[i - 1][0] * points[i][1] - points[i][0] * points[i - 1][1];
  }
  return Math.abs(sum / 2);
}

const features = world.objects.c.geometries
  .map((g) => {
    const { geometry } = feature(world, g);
    const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
    const coordinates = polygons
      .map((rings) => rings.map(ring).filter((r) => r.length > 3))
      .filter((rings) => rings.length > 0 && area(rings[0]) > smallestRing);
    return {
      type: 'Feature',
      properties: { iso: countries[g.id] },
      geometry: { type: 'MultiPolygon', coordinates },
    };
  })
  .sort((a, b) => (a.properties.iso < b.properties.iso ? -1 : 1));

const file = new URL('../src/map/chile.geojson', import.meta.url);
writeFileSync(file, JSON.stringify({ type: 'FeatureCollection', features }) + '\n');
