import { expect, test } from 'vitest';
import { differences, namedShare, type DailyReport, type VendorDay } from './sales';

const vendor = (plate: string, sales: number, units: number): VendorDay => ({
  plate, sales, units, named_sales: 0, named_units: 0, frequent_clients: null,
});
const report = (...vendors: VendorDay[]): DailyReport => ({ day: '2026-11-22', revision: 1, complete: true, vendors, guild: vendor('', 0, 0) });

test('what a revision changed is told cart by cart', () => {
  const before = report(vendor('A', 1, 3), vendor('B', 2, 4), vendor('C', 1, 1));
  const after = report(vendor('A', 1, 3), vendor('B', 3, 9), vendor('D', 1, 2));
  expect(differences(before, after)).toEqual([
    { plate: 'B', sales: 1, units: 5 },
    { plate: 'D', sales: 1, units: 2 },
    { plate: 'C', sales: -1, units: -1 },
  ]);
});

test('a share of nothing is none', () => {
  expect(namedShare({ sales: 0, units: 0, named_sales: 0 })).toBeUndefined();
  expect(namedShare({ sales: 4, units: 9, named_sales: 1 })).toBe(0.25);
});
