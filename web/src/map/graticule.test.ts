import { expect, test } from 'vitest';
import { degrees, graticule, stepFor } from './graticule';

const chile = { west: -80, south: -56, east: -65, north: -17 };
const block = { west: -70.66, south: -33.455, east: -70.65, north: -33.445 };

test('the step follows the box', () => {
  expect(stepFor(chile)).toBe(10);
  expect(stepFor(block)).toBe(0.002);
  expect(stepFor({ west: -180, south: -85, east: 180, north: 85 })).toBe(30);
});

test('degrees are written with the decimals that the step needs', () => {
  expect(degrees(-33.45, 0.05, 'lat', 'es')).toBe('33,45° S');
  expect(degrees(-70, 10, 'lon', 'es')).toBe('70° O');
  expect(degrees(-70.1, 0.1, 'lon', 'en')).toBe('70.1° W');
});

test('there are a few labelled lines in view, wherever that is', () => {
  for (const box of [chile, block]) {
    const labels = graticule(box, 'es').features.filter((f) => f.geometry.type === 'Point');
    expect(labels.length).toBeGreaterThan(2);
    expect(labels.length).toBeLessThan(17);
  }
});
