import { render } from 'svelte/server';
import { expect, test } from 'vitest';
import Figures from './Figures.svelte';

const drawn = (wrong: string) =>
  render(Figures, { props: { title: 'Depot', help: '', figures: { lat: '1', lon: '2' }, wrong, readonly: false } }).body.match(/aria-invalid="true"/g)?.length ?? 0;

test('what is wrong with a setting of several figures marks each of them', () => {
  expect(drawn('must be on the earth')).toBe(2);
  expect(drawn('')).toBe(0);
});
