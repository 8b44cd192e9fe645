import type {
  Alert,
  Application,
  Cart,
  Change,
  Delivery,
  MapSettings,
  Sale,
  Sighting,
  Snapshot,
  Totals,
} from './api';
import { toSignIn } from './door';
import type { ServerEvent } from './sse';
import { Stream, type Link } from './stream';

/** Changed carts, or `all` after a snapshot, when carts may also be gone. */
export type CartNews = { all: boolean; carts: Cart[] };

/**
 * What the server last said, and whether it still says it. Carts live in a plain Map that is
 * changed in place, since there may be ten thousand; who reads it reads `version` as well.
 */
export class Live {
  link = $state<Link>('connecting');
  /** The server's answer when it refused the stream, 0 when it was not reached. */
  refused = $state(0);
  /** The server's clock now, in ms; ticks every second. */
  now = $state(Date.now());
  /** The server's clock when it last spoke, keep-alives included, in ms; 0 before the first snapshot. */
  heard = $state(0);

  readonly carts = new Map<string, Cart>();
  version = $state(0);
  sightings = $state.raw<Sighting[]>([]);
  alerts = $state.raw<Alert[]>([]);
  applications = $state.raw<Application[]>([]);
  sales = $state.raw<Sale[]>([]);
  deliveries = $state.raw<Delivery[]>([]);
  totals = $state.raw<Totals | undefined>();
  map = $state.raw<MapSettings | undefined>();

  /** False until the first snapshot: nothing is known yet, not even that there is nothing. */
  ready = $derived(this.heard > 0);

  /** Alerts that are not closed, also those beyond the stream's limit; older servers do not count them. */
  alertsOpen = $derived(this.totals?.alerts_open ?? this.alerts.filter((alert) => alert.state !== 'closed').length);

  #ahead = 0; // server clock less browser clock, ms
  #listeners = new Set<(news: CartNews) => void>();
  #stream: Stream;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(url = '/v1/live') {
    this.#stream = new Stream(url, {
      event: (event) => this.#take(event),
      pulse: () => {
        if (this.heard > 0) this.heard = Date.now() + this.#ahead;
      },
      link: (link, status) => {
        this.link = this.heard === 0 && status === 0 && link === 'stale' ? 'connecting' : link;
        this.refused = link === 'live' ? 0 : status;
        if (status === 401) void toSignIn(); // the session has ended
      },
    });
  }

  start() {
    this.#stream.start();
    this.#clock = setInterval(() => this.#tick(), 1000);
  }

  stop() {
    this.#stream.stop();
    clearInterval(this.#clock);
  }

  /** Calls back with every batch of changed carts; returns how to stop that. */
  onCarts(listener: (news: CartNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tick() {
    this.now = Date.now() + this.#ahead;
  }

  #take(event: ServerEvent) {
    if (event.name === 'snapshot') this.#replace(JSON.parse(event.data) as Snapshot);
    if (event.name === 'change') this.#apply(JSON.parse(event.data) as Change);
  }

  #replace(snapshot: Snapshot) {
    this.carts.clear();
    // What a role may not read is not in the snapshot; what was read under another role must not stay.
    const nothing = { sightings: [], alerts: [], applications: [], sales: [], deliveries: [] };
    this.totals = undefined;
    this.#apply({ ...nothing, ...snapshot, carts: [] });
    for (const cart of snapshot.carts ?? []) this.carts.set(cart.plate, cart);
    this.version++;
    this.#tell({ all: true, carts: snapshot.carts ?? [] });
  }

  #apply(change: Change) {
    this.heard = Date.parse(change.at);
    this.#ahead = this.heard - Date.now();
    this.#tick();
    this.sightings = change.sightings ?? this.sightings;
    this.alerts = change.alerts ?? this.alerts;
    this.applications = change.applications ?? this.applications;
    this.sales = change.sales ?? this.sales;
    this.deliveries = change.deliveries ?? this.deliveries;
    this.totals = change.totals ?? this.totals;
    this.map = change.map ?? this.map;
    if (!change.carts?.length) return;
    for (const cart of change.carts) this.carts.set(cart.plate, cart);
    this.version++;
    this.#tell({ all: false, carts: change.carts });
  }

  #tell(news: CartNews) {
    for (const listener of this.#listeners) listener(news);
  }
}
