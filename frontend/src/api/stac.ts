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
}

export interface Filters {
  collections: string[];
  /** Calendar days, `YYYY-MM-DD`, both included; empty for open. */
  from: string;
  to: string;
  bbox: Bbox | null;
}

export const NO_FILTERS: Filters = { collections: [], from: "", to: "", bbox: null };

export function interval(from: string, to: string): string | undefined {
  if (!from && !to) return undefined;
  return `${from ? `${from}T00:00:00Z` : ".."}/${to ? `${to}T23:59:59Z` : ".."}`;
}

export function searchBody(filters: Filters, limit: number): Record<string, unknown> {
  const body: Record<string, unknown> = { limit };
  if (filters.collections.length) body.collections = filters.collections;
  if (filters.bbox) body.bbox = filters.bbox;
  const datetime = interval(filters.from, filters.to);
  if (datetime) body.datetime = datetime;
  return body;
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

export function thumbnailOf(item: Item): string | undefined {
  const asset = Object.values(item.assets).find((candidate) => candidate.roles?.includes("thumbnail"));
  return webHref(asset?.href) ?? webHref(findLink(item.links, "preview")?.href);
}

export function itemPageUrl(item: { collection: string; id: string }): string {
  return sitePath(`/items/${encodeURIComponent(item.collection)}/${encodeURIComponent(item.id)}/`);
}
