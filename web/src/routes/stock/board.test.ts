import { expect, test } from 'vitest';
import { filtered, outBy, rowsOf } from './board';

const level = (plate: string, units: number, runs_out_at?: string) => ({ plate, units, threshold: 20, initial: 200, ...(runs_out_at && { forecast: { runs_out_at } }) });
const rows = rowsOf(
  [level('AA11', 150, '2026-11-24T20:00:00Z'), level('BB22', 12), level('CC33', 12, '2026-11-24T18:00:00Z'), level('DD44', 0), level('EE55', 200)],
  [
    { id: '1', plate: 'BB22', state: 'open', opened_at: '2026-11-24T15:00:00Z' },
    { id: '2', plate: 'CC33', state: 'prepared', opened_at: '2026-11-24T14:00:00Z', delivery: 'd' },
  ],
);
const plates = (state: string, search: string, sort: string) => filtered(rows, { state, search, sort }).map((row) => row.plate);

test('each cart has what is done about it', () => {
  expect(rows.map((row) => row.state)).toEqual(['enough', 'waiting', 'prepared', 'low', 'enough']);
  expect(rows[1]!.since).toBe('2026-11-24T15:00:00Z');
});

test('whoever runs out first stands first, then who has the least', () => {
  expect(plates('', '', '')).toEqual(['CC33', 'AA11', 'DD44', 'BB22', 'EE55']);
  expect(plates('', '', 'units')).toEqual(['DD44', 'BB22', 'CC33', 'AA11', 'EE55']);
});

test('those under the threshold are so whatever is done about them', () => {
  expect(plates('low', '', 'units')).toEqual(['DD44', 'BB22', 'CC33']);
  expect(plates('waiting', '', '')).toEqual(['BB22']);
});

test('a plate is found however it is written', () => {
  expect(plates('', ' cc·3', '')).toEqual(['CC33']);
  expect(plates('', 'zz', '')).toEqual([]);
});

test('who is out by an hour', () => {
  expect(outBy(rows, Date.parse('2026-11-24T19:00:00Z'))).toBe(1);
  expect(outBy(rows, Date.parse('2026-11-24T20:00:00Z'))).toBe(2);
});
