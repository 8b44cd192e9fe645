import { AttributionControl, type GeoJSONSource, Map as GlMap, ScaleControl, setWorkerUrl } from 'maplibre-gl';
import type { ExpressionSpecification, StyleSpecification } from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { Feature } from 'geojson';
import type { Cart, MapSettings, Sighting } from '../api';
import type { Lang } from '../prefs.svelte';
import { graticule } from './graticule';
import { labelsFrom, outlineStyle, withStreets } from './style';

setWorkerUrl(workerUrl);

export type MapOptions = {
  settings: MapSettings;
  lang: Lang;
  words: { title: string; touch: string };
  /** Called with a plate when a cart is pressed, with nothing when the ground is. */
  onChoose(plate: string | undefined): void;
  /** Called whenever the number of carts on the map changes. */
  onCount(carts: number): void;
  /** Called when the street style could not be had; the outline stays. */
  onNoStreets(): void;
};

const streetsPatience = 10_000; // ms
const still = matchMedia('(prefers-reduced-motion: reduce)');

/** Whether a cart belongs on the map: heard of late, and at a place on the earth. */
export function drawn(cart: Cart): boolean {
  return (cart.state === 'live' || cart.state === 'quiet') && cart.lat !== undefined && cart.lon !== undefined;
}

function emptyImage(side: number) {
  return { width: side, height: side, data: new Uint8Array(side * side * 4) };
}

function point(lon: number, lat: number, properties: Record<string, unknown>): Feature {
  return { type: 'Feature', properties, geometry: { type: 'Point', coordinates: [lon, lat] } };
}

/** The map of carts. It draws the outline at once and, if there is a street style, that under the carts. */
export class CartMap {
  readonly #map: GlMap;
  readonly #options: MapOptions;
  #carts = new Map<string, Feature>();
  #sightings: Feature[] = [];
  #chosen = '';
  #streets: StyleSpecification | undefined;
  #placed = false; // whether the view was ever set to where the carts are

  private constructor(map: GlMap, options: MapOptions) {
    this.#map = map;
    this.#options = options;
  }

  /** Settles once the outline is drawn; fails if the device cannot draw maps. */
  static open(container: HTMLElement, options: MapOptions): Promise<CartMap> {
    const { settings, words } = options;
    const map = new GlMap({
      container,
      style: outlineStyle(),
      center: [settings.center.lon, settings.center.lat],
      zoom: 10,
      minZoom: 2,
      maxZoom: 18,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      renderWorldCopies: false,
      cooperativeGestures: matchMedia('(pointer: coarse)').matches,
      locale: { 'Map.Title': words.title, 'CooperativeGesturesHandler.MobileHelpText': words.touch },
    });
    map.setMissingStyleImageResolver((id) => {
      if (id === 'room' && !map.hasImage(id)) map.addImage(id, emptyImage(18));
    });
    map.touchZoomRotate.disableRotation();
    map.keyboard.disableRotation();
    map.addControl(new ScaleControl({ unit: 'metric' }), 'bottom-right');
    const self = new CartMap(map, options);
    return new Promise((done) => {
      map.once('load', () => {
        self.#listen();
        self.#drawGraticule();
        if (settings.style_url) void self.#loadStreets(settings.style_url);
        done(self);
      });
    });
  }

  /** Draws changed carts; with `all`, carts that are not among them leave the map. */
  setCarts(carts: Cart[], all: boolean) {
    const gone = new Set(all ? this.#carts.keys() : []);
    const add: Feature[] = [];
    for (const cart of carts) {
      if (drawn(cart)) {
        const feature = point(cart.lon!, cart.lat!, { plate: cart.plate, state: cart.state });
        this.#carts.set(cart.plate, feature);
        gone.delete(cart.plate);
        add.push(feature);
      } else if (this.#carts.has(cart.plate)) {
        gone.add(cart.plate);
      }
    }
    for (const plate of gone) this.#carts.delete(plate);
    void this.#source('carts')?.updateData({ remove: [...gone], add });
    this.#options.onCount(this.#carts.size);
    this.#nameFrom();
    if (!this.#placed && this.#carts.size > 0) this.fit(false);
  }

  setSightings(sightings: Sighting[]) {
    this.#sightings = sightings
      .filter((one) => one.lat !== undefined && one.lon !== undefined)
      .map((one) => point(one.lon!, one.lat!, { id: one.id }));
    this.#drawSightings();
  }

  /** Marks a cart and brings it into view. */
  choose(plate: string | undefined) {
    this.#chosen = plate ?? '';
    this.#markChosen();
    const at = this.#carts.get(this.#chosen)?.geometry;
    if (at?.type === 'Point') this.show(at.coordinates[1]!, at.coordinates[0]!);
  }

  show(lat: number, lon: number) {
    this.#placed = true;
    const zoom = Math.max(this.#map.getZoom(), 13);
    this.#map.easeTo({ center: [lon, lat], zoom, duration: still.matches ? 0 : 500 });
  }

  /** Brings every cart into view. */
  fit(smooth = true) {
    const at = [...this.#carts.values()].flatMap((f) => (f.geometry.type === 'Point' ? [f.geometry.coordinates] : []));
    if (at.length === 0) return;
    this.#placed = true;
    const lons = at.map((c) => c[0]!);
    const lats = at.map((c) => c[1]!);
    const extreme = (f: (a: number, b: number) => number, of: number[]) => of.reduce((a, b) => f(a, b));
    this.#map.fitBounds(
      [extreme(Math.min, lons), extreme(Math.min, lats), extreme(Math.max, lons), extreme(Math.max, lats)],
      { padding: 56, maxZoom: 14, duration: smooth && !still.matches ? 500 : 0 },
    );
  }

  zoom(by: 1 | -1) {
    const to = this.#map.getZoom() + by;
    this.#map.easeTo({ zoom: to, duration: still.matches ? 0 : 250 });
  }

  /** Takes the colours of the theme that is shown now. */
  recolor() {
    for (const layer of this.#style().layers) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        if (this.#map.getLayer(layer.id)) this.#map.setPaintProperty(layer.id, name as never, value as never);
      }
    }
  }

  close() {
    this.#map.remove();
  }

  #style(): StyleSpecification {
    return this.#streets ? withStreets(this.#streets) : outlineStyle();
  }

  #source(id: string): GeoJSONSource | undefined {
    return this.#map.getSource<GeoJSONSource>(id);
  }

  #listen() {
    const map = this.#map;
    map.on('moveend', () => this.#drawGraticule());
    map.on('click', (event) => {
      const reach = 10; // pixels around a finger
      const { x, y } = event.point;
      const hits = map.queryRenderedFeatures(
        [
          [x - reach, y - reach],
          [x + reach, y + reach],
        ],
        { layers: ['carts', 'plates'] },
      );
      this.#options.onChoose(hits[0]?.properties.plate as string | undefined);
    });
    map.on('mouseenter', 'carts', () => (map.getCanvas().style.cursor = 'pointer'));
    map.on('mouseleave', 'carts', () => (map.getCanvas().style.cursor = ''));
  }

  #drawGraticule() {
    const box = this.#map.getBounds();
    const view = { west: box.getWest(), south: box.getSouth(), east: box.getEast(), north: box.getNorth() };
    void this.#source('graticule')?.setData(graticule(view, this.#options.lang));
  }

  #drawSightings() {
    void this.#source('sightings')?.setData({ type: 'FeatureCollection', features: this.#sightings });
  }

  #nameFrom() {
    const zoom = labelsFrom(this.#carts.size);
    if (this.#map.getLayer('plates')?.minzoom !== zoom) this.#map.setLayerZoomRange('plates', zoom, 24);
  }

  #markChosen() {
    const filter: ExpressionSpecification = ['==', ['get', 'plate'], this.#chosen];
    if (this.#map.getLayer('chosen')) this.#map.setFilter('chosen', filter);
  }

  async #loadStreets(url: string) {
    try {
      const answer = await fetch(url, { signal: AbortSignal.timeout(streetsPatience) });
      if (!answer.ok) throw new Error(String(answer.status));
      this.#streets = (await answer.json()) as StyleSpecification;
      this.#map.setStyle(withStreets(this.#streets), { diff: false });
    } catch {
      this.#streets = undefined;
      this.#options.onNoStreets();
      return;
    }
    this.#map.once('style.load', () => {
      void this.#source('carts')?.updateData({ add: [...this.#carts.values()] });
      this.#drawSightings();
      this.#drawGraticule();
      this.#markChosen();
      this.#nameFrom();
      this.#map.addControl(new AttributionControl({ compact: true }), 'bottom-right');
    });
  }
}
