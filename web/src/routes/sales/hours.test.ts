import { expect, test } from 'vitest';
import { byHour } from './hours';

const of = (rows: Record<string, number>) => ({ sales: 1, units: 1, rows: Object.entries(rows).map(([key, units]) => ({ key, sales: 1, units })) });

test('hours run from the first to the last of either day, empty ones too', () => {
  expect(byHour(of({ '10': 3 }), of({ '08': 2, '11': 1 }))).toEqual([
    { key: '8', label: '08:00', value: 0, before: 2 },
    { key: '9', label: '09:00', value: 0, before: 0 },
    { key: '10', label: '10:00', value: 3, before: 0 },
    { key: '11', label: '11:00', value: 0, before: 1 },
  ]);
  expect(byHour(of({}))).toEqual([]);
});
