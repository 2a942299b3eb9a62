/** The Explorer's whole state as a query string. Nothing else writes the page's URL. */
import { type Bbox, type Filters, NO_FILTERS } from "../api/stac";

export interface MapView {
  lon: number;
  lat: number;
  zoom: number;
}

export interface ItemRef {
  collection: string;
  id: string;
}

export interface ExplorerState extends Filters {
  item: ItemRef | null;
  view: MapView | null;
  /** 0 to 1, of the shown imagery. */
  opacity: number;
}

export const VERSION = "1";
export const INITIAL: ExplorerState = { ...NO_FILTERS, item: null, view: null, opacity: 1 };

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function numbers(text: string | null, count: number): number[] | null {
  const parts = text?.split(",") ?? [];
  if (parts.length !== count || parts.some((part) => part.trim() === "")) return null;
  const values = parts.map(Number);
  return values.every(Number.isFinite) ? values : null;
}

/** West may be greater than east: the box then crosses the antimeridian. */
export function validBbox(values: readonly number[] | null): Bbox | null {
  if (values?.length !== 4) return null;
  const [west, south, east, north] = values as unknown as Bbox;
  const inRange = [west, east].every((lon) => Math.abs(lon) <= 180);
  return inRange && south >= -90 && north <= 90 && south < north && west !== east
    ? [west, south, east, north]
    : null;
}

function parseView(text: string | null): MapView | null {
  const values = numbers(text, 3);
  if (!values) return null;
  const [zoom, lat, lon] = values as [number, number, number];
  return zoom >= 0 && zoom <= 30 && Math.abs(lat) <= 90 ? { zoom, lat, lon } : null;
}

function parseItem(params: URLSearchParams): ItemRef | null {
  const collection = params.get("in");
  const id = params.get("item");
  return collection && id ? { collection, id } : null;
}

function parseDay(text: string | null): string {
  return text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

/** Never throws: what can't be understood is left out, as someone may have edited the address by hand. */
export function parseState(search: string): ExplorerState {
  const params = new URLSearchParams(search);
  if ((params.get("v") ?? VERSION) !== VERSION) return INITIAL;
  const opacity = Number(params.get("opacity") ?? 1);
  return {
    collections: [...new Set(params.getAll("collection").filter(Boolean))],
    from: parseDay(params.get("from")),
    to: parseDay(params.get("to")),
    bbox: validBbox(numbers(params.get("bbox"), 4)),
    item: parseItem(params),
    view: parseView(params.get("map")),
    opacity: opacity >= 0 && opacity <= 1 ? opacity : 1,
  };
}

const degrees = (value: number) => String(Math.round(value * 1e5) / 1e5);

export function formatState(state: ExplorerState): string {
  const params = new URLSearchParams();
  for (const id of state.collections) params.append("collection", id);
  if (state.from) params.set("from", state.from);
  if (state.to) params.set("to", state.to);
  if (state.bbox) params.set("bbox", state.bbox.map(degrees).join(","));
  if (state.item) {
    params.set("in", state.item.collection);
    params.set("item", state.item.id);
  }
  if (state.opacity !== 1) params.set("opacity", String(state.opacity));
  if (state.view) {
    const { zoom, lat, lon } = state.view;
    params.set("map", [Math.round(zoom * 100) / 100, degrees(lat), degrees(lon)].join(","));
  }
  const text = params.toString();
  return text ? `?v=${VERSION}&${text.replaceAll("%2C", ",")}` : "";
}

/** Writes the address: `push` for steps that Back undoes, `replace` for what moves continuously. */
export class UrlState {
  state: ExplorerState;
  readonly #window: Window;

  constructor(win: Window = window) {
    this.#window = win;
    this.state = parseState(win.location.search);
  }

  push(change: Partial<ExplorerState>): void {
    const before = this.#address();
    this.state = { ...this.state, ...change };
    if (this.#address() !== before) this.#window.history.pushState(null, "", this.#address());
  }

  replace(change: Partial<ExplorerState>): void {
    this.state = { ...this.state, ...change };
    this.#window.history.replaceState(null, "", this.#address());
  }

  /** Calls back after Back and Forward; returns what stops it. */
  onBack(callback: (state: ExplorerState) => void): () => void {
    const listener = () => {
      this.state = parseState(this.#window.location.search);
      callback(this.state);
    };
    this.#window.addEventListener("popstate", listener);
    return () => this.#window.removeEventListener("popstate", listener);
  }

  #address(): string {
    return this.#window.location.pathname + formatState(this.state);
  }
}
