/** The Explorer's whole state as a query string. Nothing else writes the page's URL. */
import { type Area, type Bbox, type Condition, type Filters, NO_FILTERS } from "../api/stac";
import type { Shape } from "../map/sketch";
import { upright } from "../map/turn";
import { formatStyle, NO_STYLE, parseStyle, type Style } from "./style";

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
  /** Of an image in pixel space: degrees clockwise, and whether it is mirrored. */
  turn: number;
  flip: boolean;
  /** How the shown imagery is drawn. */
  style: Style;
  /** What it is compared with: an item, and how that is drawn. */
  pinned: Pinned | null;
  /** Whether the two are shown one after the other rather than side by side. */
  blink: boolean;
  /** All that is found, as one layer of imagery. */
  mosaic: boolean;
  /** The only day of the mosaic that is shown; empty for all. */
  day: string;
  /** The place whose values are told through time. */
  at: { lon: number; lat: number } | null;
  /** What is measured: in degrees, or in pixels of a slide. */
  drawn: Shape | null;
}

export interface Pinned extends ItemRef {
  style: Style;
}

export const VERSION = "1";
export const INITIAL: ExplorerState = {
  ...NO_FILTERS,
  item: null,
  view: null,
  opacity: 1,
  turn: 0,
  flip: false,
  style: NO_STYLE,
  pinned: null,
  blink: false,
  mosaic: false,
  day: "",
  at: null,
  drawn: null,
};

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

function parseAt(text: string | null): ExplorerState["at"] {
  const [lon = 999, lat = 999] = numbers(text, 2) ?? [];
  return Math.abs(lon) <= 180 && Math.abs(lat) <= 90 ? { lon, lat } : null;
}

function parseTurn(text: string | null): number {
  const [degrees = 0] = numbers(text, 1) ?? [];
  return Math.abs(degrees) <= 3600 ? upright(degrees) : 0;
}

function parseItem(params: URLSearchParams): ItemRef | null {
  const collection = params.get("in");
  const id = params.get("item");
  return collection && id ? { collection, id } : null;
}

/** `with=collection/id?bidx=4`: the item, and its style as a query. */
function parsePinned(text: string | null): Pinned | null {
  const [, collection = "", id = "", query = ""] = /^([^/?]+)\/([^/?]+)(?:\?(.*))?$/.exec(text ?? "") ?? [];
  return id ? { collection, id, style: parseStyle(new URLSearchParams(query)) } : null;
}

function formatPinned({ collection, id, style }: Pinned): string {
  const params = new URLSearchParams();
  formatStyle(style, params);
  return `${collection}/${id}${params.size ? `?${params}` : ""}`;
}

function parseDay(text: string | null): string {
  return text && DAY.test(text) && !Number.isNaN(Date.parse(text)) ? text : "";
}

/** Points of an area that an address has room for. */
export const MAX_AREA_POINTS = 400;

/** Rings of `lon,lat` pairs: `1,2;3,4;5,6|…`. */
function parseArea(text: string | null): Area | null {
  if (!text) return null;
  const rings = text.split("|").map((ring) => ring.split(";").map((pair) => numbers(pair, 2)));
  const valid = rings.every(
    (ring) =>
      ring.length >= 3 &&
      ring.every((pair) => pair && Math.abs(pair[0] ?? 999) <= 180 && Math.abs(pair[1] ?? 999) <= 90),
  );
  return valid && rings.flat().length <= MAX_AREA_POINTS ? (rings as Area) : null;
}

/** `Point:8,47`, `LineString:8,47;9,48`, `Polygon:…` with an open ring. */
function parseShape(text: string | null): Shape | null {
  const [, type = "", list = ""] = /^(Point|LineString|Polygon):([-\d.,;eE]+)$/.exec(text ?? "") ?? [];
  const points = list.split(";").map((pair) => numbers(pair, 2));
  if (points.length > MAX_AREA_POINTS || points.some((point) => point === null)) return null;
  const found = points as [number, number][];
  if (type === "LineString") return found.length > 1 ? { type, coordinates: found } : null;
  const [first] = found;
  if (type === "Point") return first && found.length === 1 ? { type, coordinates: first } : null;
  return type === "Polygon" && first && found.length > 2 ? { type, coordinates: [[...found, first]] } : null;
}

function positions(shape: Shape): number[][] {
  if (shape.type === "Point") return [shape.coordinates];
  return shape.type === "Polygon" ? (shape.coordinates[0]?.slice(0, -1) ?? []) : shape.coordinates;
}

function formatShape(shape: Shape): string {
  const points = positions(shape);
  return `${shape.type}:${points.map((point) => point.map(degrees).join(",")).join(";")}`;
}

/** `gsd:10..30`, `eo:cloud_cover:..20`, `platform=a|b`. */
export function parseCondition(text: string): Condition | null {
  const range = /^(.+):(-?[\d.eE+-]*)\.\.(-?[\d.eE+-]*)$/.exec(text);
  if (range) {
    const [, name = "", low = "", high = ""] = range;
    const [min, max] = [low, high].map((end) => (end === "" ? undefined : Number(end)));
    if (Number.isNaN(min) || Number.isNaN(max) || (min === undefined && max === undefined)) return null;
    return { name, ...(min !== undefined && { min }), ...(max !== undefined && { max }) };
  }
  const [, name = "", list = ""] = /^([^=]+)=(.+)$/.exec(text) ?? [];
  const values = list.split("|").map(decode).filter(Boolean);
  return name && values.length ? { name, values } : null;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

export function formatCondition(condition: Condition): string {
  if ("values" in condition) return `${condition.name}=${condition.values.map(encodeURIComponent).join("|")}`;
  return `${condition.name}:${condition.min ?? ""}..${condition.max ?? ""}`;
}

const SORT = /^-?[\w.:-]{1,100}$/;

/** Never throws: what can't be understood is left out, as someone may have edited the address by hand. */
export function parseState(search: string): ExplorerState {
  const params = new URLSearchParams(search);
  if ((params.get("v") ?? VERSION) !== VERSION) return INITIAL;
  const opacity = Number(params.get("opacity") ?? 1);
  const sort = params.get("sort") ?? "";
  return {
    q: (params.get("q") ?? "").slice(0, 2000),
    follow: params.get("follow") === "1",
    area: parseArea(params.get("area")),
    conditions: params.getAll("where").flatMap((text) => parseCondition(text) ?? []),
    sort: SORT.test(sort) ? sort : "",
    style: parseStyle(params),
    pinned: parsePinned(params.get("with")),
    blink: params.get("blink") === "1",
    mosaic: params.get("layer") === "mosaic",
    day: parseDay(params.get("day")),
    at: parseAt(params.get("at")),
    drawn: parseShape(params.get("draw")),
    collections: [...new Set(params.getAll("collection").filter(Boolean))],
    from: parseDay(params.get("from")),
    to: parseDay(params.get("to")),
    bbox: validBbox(numbers(params.get("bbox"), 4)),
    item: parseItem(params),
    view: parseView(params.get("map")),
    turn: parseTurn(params.get("turn")),
    flip: params.get("flip") === "1",
    opacity: opacity >= 0 && opacity <= 1 ? opacity : 1,
  };
}

const degrees = (value: number) => String(Math.round(value * 1e5) / 1e5);

export function formatState(state: ExplorerState): string {
  const params = new URLSearchParams();
  if (state.q) params.set("q", state.q);
  for (const id of state.collections) params.append("collection", id);
  if (state.from) params.set("from", state.from);
  if (state.to) params.set("to", state.to);
  if (state.bbox) params.set("bbox", state.bbox.map(degrees).join(","));
  if (state.follow) params.set("follow", "1");
  if (state.area) {
    params.set(
      "area",
      state.area.map((ring) => ring.map((pair) => pair.map(degrees).join(",")).join(";")).join("|"),
    );
  }
  for (const condition of state.conditions) params.append("where", formatCondition(condition));
  if (state.sort) params.set("sort", state.sort);
  if (state.item) {
    params.set("in", state.item.collection);
    params.set("item", state.item.id);
  }
  formatStyle(state.style, params);
  if (state.pinned) params.set("with", formatPinned(state.pinned));
  if (state.blink) params.set("blink", "1");
  if (state.mosaic) params.set("layer", "mosaic");
  if (state.day) params.set("day", state.day);
  if (state.at) params.set("at", `${degrees(state.at.lon)},${degrees(state.at.lat)}`);
  if (state.drawn) params.set("draw", formatShape(state.drawn));
  if (state.opacity !== 1) params.set("opacity", String(state.opacity));
  if (state.turn) params.set("turn", String(state.turn));
  if (state.flip) params.set("flip", "1");
  if (state.view) {
    const { zoom, lat, lon } = state.view;
    params.set("map", [Math.round(zoom * 100) / 100, degrees(lat), degrees(lon)].join(","));
  }
  const text = params.toString();
  return text ? `?v=${VERSION}&${readable(text)}` : "";
}

/** What a query may hold as it is. */
function readable(text: string): string {
  return text.replaceAll("%2C", ",").replaceAll("%3B", ";").replaceAll("%3A", ":").replaceAll("%2F", "/");
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
