// The server's JSON as this page reads it, and the posts that it sends.

export type CartState = 'live' | 'quiet' | 'missing' | 'off_shift';
export type Grid = { x: number; y: number };

/** A place is degrees (`lat`, `lon`) or, for the first client's carts, a square of a 0 to 99 grid. */
export type Place = { lat?: number; lon?: number; grid?: Grid };

export type Cart = Place & {
  plate: string;
  state: CartState;
  speed?: number; // m/s
  heading?: number; // degrees
  battery?: number; // 0..1
  accuracy?: number; // m
  fixed_at?: string;
  heard_at?: string;
  shift_started_at?: string;
};

export type Sighting = Place & { id: string; plate?: string; note?: string; at: string };

export type Alert = {
  id: string;
  kind: string;
  plate?: string;
  state: 'open' | 'acknowledged' | 'closed';
  severity: 'info' | 'warning' | 'critical';
  raised_at: string;
  closed_at?: string;
  cause?: string;
  count?: number;
};

export type Application = {
  id: string;
  name: string;
  tier: 'basic' | 'premium';
  plate?: string;
  state: 'submitted' | 'waiting' | 'approved' | 'rejected';
  reasons?: string[];
  submitted_at: string;
  decided_at?: string;
};

export type Sale = Place & {
  id: string;
  plate: string;
  client?: string;
  units: number;
  time: string;
  received_at: string;
  stock?: number;
  amount?: number; // pesos
};

export type Totals = {
  day: string;
  sales: number;
  units: number;
  clients: number;
  mean_units_per_sale?: number;
  mean_units_per_client?: number;
  takings?: number; // pesos
  carts_live: number;
  carts_missing: number;
  alerts_open?: number; // of all, also those that the stream leaves out
};

export type Stop = {
  plate: string;
  units: number;
  state: 'waiting' | 'confirmed' | 'failed';
  lat?: number;
  lon?: number;
  confirmed_at?: string;
};

export type Delivery = {
  id: string;
  state: 'prepared' | 'loaded' | 'left' | 'done' | 'cancelled';
  prepared_at: string;
  total_units: number;
  stops: Stop[];
};

export type MapSettings = { style_url: string; center: { lat: number; lon: number } };

export type Snapshot = {
  at: string;
  carts: Cart[];
  sightings: Sighting[];
  alerts: Alert[];
  applications: Application[];
  sales: Sale[];
  deliveries: Delivery[];
  totals: Totals;
  map: MapSettings;
};

/** What changed: `carts` holds changed carts only, every other section is whole. */
export type Change = { at: string } & Partial<Omit<Snapshot, 'at'>>;

/** RFC 9457, with every wrong field at once. */
export type Problem = {
  title?: string;
  status?: number;
  detail?: string;
  errors?: { location?: string; message?: string }[];
};

/** A post that the server refused, or that never reached it (`status` 0). */
export class Refusal extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem = {}) {
    super(problem.detail ?? problem.title ?? String(status));
    this.status = status;
    this.problem = problem;
  }
}

const patience = 15_000; // ms; a post unanswered for longer counts as not known

/** Sends an act of a person; throws a Refusal. 200 is done, 202 is kept and soon done. */
export async function post(path: string, body: object = {}): Promise<void> {
  let answer: Response;
  try {
    answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
  } catch {
    throw new Refusal(0);
  }
  if (answer.ok) return;
  const problem = await answer.json().catch(() => ({}));
  throw new Refusal(answer.status, problem as Problem);
}

const part = encodeURIComponent;

export const acts = {
  acknowledge: (alert: string) => post(`/v1/alerts/${part(alert)}/acknowledge`),
  close: (alert: string) => post(`/v1/alerts/${part(alert)}/close`),
  approve: (application: string) => post(`/v1/applications/${part(application)}/approve`),
  reject: (application: string, reason: string) =>
    post(`/v1/applications/${part(application)}/reject`, reason ? { reason } : {}),
  confirmStop: (delivery: string, plate: string, units?: number) =>
    post(
      `/v1/deliveries/${part(delivery)}/stops/${part(plate)}/confirm`,
      units === undefined ? {} : { units },
    ),
};
