import type { Replenishment, StockLevel } from '../../stock';

export type State = 'waiting' | 'prepared' | 'low' | 'enough';
export type Row = StockLevel & { state: State; since?: string };
export type Filter = { state: string; search: string; sort: string };

/** The carts with what is done about them. */
export function rowsOf(levels: StockLevel[], replenishments: Replenishment[]): Row[] {
  const of = new Map(replenishments.map((r) => [r.plate, r]));
  return levels.map((level) => {
    const r = of.get(level.plate);
    const low = level.units < level.threshold ? 'low' : 'enough';
    return { ...level, state: r?.state === 'open' ? 'waiting' : r?.state === 'prepared' ? 'prepared' : low, since: r?.opened_at };
  });
}

/** A cart's plate without what people put between its signs. */
const bare = (text: string) => text.toUpperCase().replace(/[^A-Z0-9]/g, '');

/** When a cart runs out, in ms; what lasts or is not known comes after all that does not. */
const end = (row: Row) => (row.forecast?.runs_out_at ? Date.parse(row.forecast.runs_out_at) : Infinity);

const byUnits = (a: Row, b: Row) => a.units - b.units || (a.plate < b.plate ? -1 : 1);

/** Those that match: whoever runs out first, or who has the least. */
export function filtered(rows: Row[], { state, search, sort }: Filter): Row[] {
  return rows
    .filter((row) => (!state || row.state === state || (state === 'low' && row.units < row.threshold)) && row.plate.includes(bare(search)))
    .sort((a, b) => (sort === 'units' || end(a) === end(b) ? byUnits(a, b) : end(a) - end(b)));
}

/** How many carts are expected to be out of dough by an instant in ms. */
export const outBy = (rows: Row[], at: number) => rows.filter((row) => end(row) <= at).length;
