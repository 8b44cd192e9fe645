// The server's JSON as the live page reads it, and the posts that it sends.

import { ask } from './ask';

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

/** All that this identity may read; sections that it may not are left out. */
export type Snapshot = {
  at: string;
  carts?: Cart[];
  sightings?: Sighting[];
  alerts?: Alert[];
  applications?: Application[];
  sales?: Sale[];
  deliveries?: Delivery[];
  totals?: Totals;
  map?: MapSettings;
};

/** What changed: `carts` holds changed carts only, every other section is whole. */
export type Change = Snapshot;

/** Sends an act of a person; throws a Refusal. 200 is done, 202 is kept and soon done. */
export const post = (path: string, body: object = {}) => ask<void>('POST', path, body);

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
