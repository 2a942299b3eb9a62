/** The parts of STAC and TileJSON documents that the pages read, and the search. */
import { requestJson, sitePath } from "./http";

export type Bbox = [west: number, south: number, east: number, north: number];

export interface Link {
  rel: string;
  href: string;
  type?: string;
  title?: string;
  method?: string;
  body?: Record<string, unknown>;
  merge?: boolean;
}

export interface Asset {
  href: string;
  type?: string;
  title?: string;
  roles?: string[];
  "file:size"?: number;
  bands?: Band[];
}

export interface Band {
  name?: string;
  description?: string;
  "eo:common_name"?: string;
  data_type?: string;
  "geodata:color_interpretation"?: string;
  nodata?: number | string | null;
  unit?: string;
  statistics?: Record<string, number>;
  "raster:histogram"?: { count: number; min: number; max: number; buckets: number[] };
}

export interface Item {
  type: "Feature";
  id: string;
  collection: string;
  geometry: { type: string; coordinates: unknown } | null;
  bbox?: number[];
  properties: Record<string, unknown>;
  assets: Record<string, Asset>;
  links: Link[];
}

export interface ItemPage {
  features: Item[];
  links: Link[];
  numberMatched?: number;
  numberReturned?: number;
}

export interface TileJson {
  tiles: string[];
  minzoom: number;
  maxzoom: number;
  bounds?: Bbox;
  /** As bounds, but west > east across the antimeridian. */
  bbox?: number[];
  name?: string;
  /** "pixels" for what has no place on Earth; then width and height are there. */
  projection?: string;
  width?: number;
  height?: number;
  tilesize?: number;
  /** Of a mosaic: from far away there would be too many tiles. Not of the document. */
  sparse?: boolean;
}

export interface Range {
  name: string;
  /** Undefined where open. */
  min?: number;
  max?: number;
}

export interface Choice {
  name: string;
  /** One of these. */
  values: string[];
}

/** What a property of an item has to be. */
export type Condition = Range | Choice;

/** Outer rings of an area, in degrees, without their closing points. */
export type Area = [lon: number, lat: number][][];

export interface Filters {
  /** Free text. */
  q: string;
  collections: string[];
  /** Calendar days, `YYYY-MM-DD`, both included; empty for open. */
  from: string;
  to: string;
  bbox: Bbox | null;
  /** `bbox` is the map's view, and moves with it. */
  follow: boolean;
  /** Goes before `bbox`. */
  area: Area | null;
  conditions: Condition[];
  /** A property, with `-` before it for the greatest first; empty: the newest first. */
  sort: string;
}

export const NO_FILTERS: Filters = {
  q: "",
  collections: [],
  from: "",
  to: "",
  bbox: null,
  follow: false,
  area: null,
  conditions: [],
  sort: "",
};

export function interval(from: string, to: string): string | undefined {
  if (!from && !to) return undefined;
  return `${from ? `${from}T00:00:00Z` : ".."}/${to ? `${to}T23:59:59Z` : ".."}`;
}

/** The area as GeoJSON, its rings closed. */
export function areaGeometry(area: Area): { type: "MultiPolygon"; coordinates: number[][][][] } {
  return { type: "MultiPolygon", coordinates: area.map((ring) => [[...ring, ring[0] ?? [0, 0]]]) };
}

const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
const named = (name: string) => `"${name.replaceAll('"', "")}"`;

function comparisons(condition: Condition): string[] {
  const name = named(condition.name);
  if ("values" in condition) return [`${name} IN (${condition.values.map(quoted).join(", ")})`];
  return [
    ...(condition.min === undefined ? [] : [`${name} >= ${condition.min}`]),
    ...(condition.max === undefined ? [] : [`${name} <= ${condition.max}`]),
  ];
}

/** Conditions as CQL2 text. */
export function cql2(conditions: readonly Condition[]): string {
  return conditions.flatMap(comparisons).join(" AND ");
}

/** What cards show. Whole documents are many times as long. */
const CARD_FIELDS = [
  "id",
  "collection",
  "geometry",
  "bbox",
  "links",
  ...["title", "datetime", "start_datetime", "end_datetime", "gsd", "eo:cloud_cover"].map(
    (name) => `properties.${name}`,
  ),
  ...["geodata:datetime_source", "proj:shape"].map((name) => `properties.${name}`),
  ...["thumbnail", "rendered_preview", "preview", "browse"].map((key) => `assets.${key}`),
];

/** A search's filters as members of a request's body. */
export function filterBody(filters: Filters): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  if (filters.q) body.q = filters.q;
  if (filters.collections.length) body.collections = filters.collections;
  if (filters.area) body.intersects = areaGeometry(filters.area);
  else if (filters.bbox) body.bbox = filters.bbox;
  const datetime = interval(filters.from, filters.to);
  if (datetime) body.datetime = datetime;
  const filter = cql2(filters.conditions);
  if (filter) Object.assign(body, { filter, "filter-lang": "cql2-text" });
  return body;
}

export function searchBody(filters: Filters, limit: number): Record<string, unknown> {
  const body = { ...filterBody(filters), limit };
  if (!filters.sort) return body;
  const direction = filters.sort.startsWith("-") ? "desc" : "asc";
  return { ...body, sortby: [{ field: filters.sort.replace(/^-/, ""), direction }] };
}

/** The search whose answer is as small as cards allow. */
export function cardsBody(filters: Filters, limit: number): Record<string, unknown> {
  return { ...searchBody(filters, limit), fields: { include: CARD_FIELDS } };
}

/** The same filters in an address' query. */
export function filterQuery(filters: Filters): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(filterBody(filters))) {
    const text = Array.isArray(value) ? value.join(",") : value;
    params.set(name, typeof text === "string" ? text : JSON.stringify(text));
  }
  return params.toString();
}

/** The cards of these items, in no order. */
export async function fetchCards(
  url: string,
  refs: readonly { collection: string; id: string }[],
  signal?: AbortSignal,
): Promise<Item[]> {
  if (!refs.length) return [];
  const body = {
    collections: [...new Set(refs.map(({ collection }) => collection))],
    ids: refs.map(({ id }) => id),
    limit: 100,
    fields: { include: CARD_FIELDS },
  };
  const wanted = new Set(refs.map(itemKey));
  return (await searchItems(url, body, signal)).features.filter((item) => wanted.has(itemKey(item)));
}

export function searchItems(url: string, body: unknown, signal?: AbortSignal): Promise<ItemPage> {
  return requestJson<ItemPage>(url, { method: "POST", body, ...(signal && { signal }) });
}

export function findLink(links: readonly Link[], rel: string): Link | undefined {
  return links.find((link) => link.rel === rel);
}

/** The page a `next` link leads to: its own method and body, merged with the last body when it says so. */
export function followNext(
  link: Link,
  lastBody: Record<string, unknown>,
  signal?: AbortSignal,
): Promise<ItemPage> {
  const options = signal ? { signal } : {};
  if ((link.method ?? "GET").toUpperCase() === "GET") return requestJson<ItemPage>(link.href, options);
  const body = link.merge ? { ...lastBody, ...link.body } : (link.body ?? lastBody);
  return requestJson<ItemPage>(link.href, { ...options, method: "POST", body });
}

export function itemKey(item: { collection: string; id: string }): string {
  return `${item.collection}/${item.id}`;
}

export function itemTitle(item: Item): string {
  const title = item.properties.title;
  return typeof title === "string" && title ? title : item.id;
}

/** An address that may stand behind a link or in a picture; undefined for any other: a document may have anything. */
export function webHref(href: string | undefined): string | undefined {
  return href && /^(https?:\/\/|\/)/.test(href) ? href : undefined;
}

/** A picture of this site. Others' are never asked for: the page's policy forbids it, and they would learn who looks. */
export function ownHref(href: string | undefined): string | undefined {
  const url = webHref(href);
  return url && new URL(url, window.location.href).origin === window.location.origin ? url : undefined;
}

export function thumbnailOf(item: Item): string | undefined {
  const assets = Object.values(item.assets ?? {});
  const asset = assets.find(({ roles }) => roles?.includes("thumbnail") || roles?.includes("overview"));
  return ownHref(asset?.href) ?? ownHref(findLink(item.links ?? [], "preview")?.href);
}

export function itemPageUrl(item: { collection: string; id: string }): string {
  return sitePath(`/items/${encodeURIComponent(item.collection)}/${encodeURIComponent(item.id)}/`);
}
