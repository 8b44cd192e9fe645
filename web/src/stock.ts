// The dough on the carts and at the depots, as the server tells it.

import { ask } from './ask';
import { all, type List } from './identity';

export type StockForecast = { runs_out_at?: string; earliest?: string; latest?: string };
export type StockLevel = { plate: string; units: number; threshold: number; initial: number; updated_at?: string; forecast?: StockForecast };
export type Replenishment = { id: string; plate: string; state: 'open' | 'prepared' | 'closed'; opened_at: string; delivery?: string };
export type DepotStock = { name: string; units: number | null; promised: number; updated_at?: string };

export const stock = {
  levels: () => all<StockLevel>('/v1/stock'),
  replenishments: (state: Replenishment['state']) => all<Replenishment>('/v1/replenishments', { state }),
  depots: () => ask<List<DepotStock>>('GET', '/v1/depots').then((list) => list.items ?? []),
  /** Asks for a delivery of whoever waits, however few. */
  prepare: () => ask('POST', '/v1/deliveries'),
};
