// Sales in figures, as the server adds them up.

import { ask } from './ask';

export type Figures = {
  sales: number;
  units: number;
  named_sales?: number;
  named_units?: number;
  named_share?: number; // 0..1
  clients?: number;
  mean_units_per_sale?: number;
  mean_units_per_client?: number;
  takings?: number; // pesos
};

export type By = 'day' | 'week' | 'month' | 'vendor' | 'hour' | 'tier';
export const bys: By[] = ['day', 'week', 'month', 'hour', 'vendor', 'tier'];

export type Statistics = Figures & { day?: string; from?: string; to?: string; by?: By; plate?: string; rows?: (Figures & { key: string })[] };

export type Frequent = { client: string; days: number; units: number };

export type VendorDay = Omit<Figures, 'named_share'> & {
  plate?: string;
  named_sales: number;
  named_units: number;
  first_sale?: string;
  last_sale?: string;
  busiest_hour?: number;
  frequent_clients: Frequent[] | null;
};

export type DailyReport = {
  day: string;
  revision: number;
  complete: boolean;
  closed_at?: string;
  vendors: VendorDay[] | null;
  guild: VendorDay;
  tiers?: { tier: 'basic' | 'premium'; vendors: number; sales: number; units: number }[];
  /** Where most was sold, in cells with no fewer than five vendors. */
  places?: { lat: number; lon: number; vendors: number; sales: number; units: number }[];
  silent?: string[];
  late?: { plate: string; sale: string; units: number; time: string; received_at: string; voided_at?: string }[];
  late_more?: number;
};

export const figures = {
  today: () => ask<Statistics>('GET', '/v1/statistics'),
  by: (query: URLSearchParams) => ask<Statistics>('GET', `/v1/statistics?${query}`),
  report: (day: string, revision = 0) =>
    ask<DailyReport>('GET', `/v1/reports/daily/${encodeURIComponent(day)}${revision > 0 ? `?revision=${revision}` : ''}`),
};

/** Of the sales, those that name a client: what a mean per client stands on. */
export const namedShare = (of: Figures): number | undefined =>
  of.named_share ?? (of.sales > 0 && of.named_sales !== undefined ? of.named_sales / of.sales : undefined);

export type Difference = { plate: string; sales: number; units: number };

/** What a later report of a day says otherwise than an earlier one, cart by cart. */
export function differences(before: DailyReport, after: DailyReport): Difference[] {
  const old = new Map((before.vendors ?? []).map((v) => [v.plate ?? '', v]));
  const found: Difference[] = [];
  for (const now of after.vendors ?? []) {
    const was = old.get(now.plate ?? '');
    old.delete(now.plate ?? '');
    found.push({ plate: now.plate ?? '', sales: now.sales - (was?.sales ?? 0), units: now.units - (was?.units ?? 0) });
  }
  for (const [plate, was] of old) found.push({ plate, sales: -was.sales, units: -was.units });
  return found.filter((d) => d.sales !== 0 || d.units !== 0);
}
