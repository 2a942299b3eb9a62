/** A search registered as one layer, and what its images hold at a place. */
import { requestJson, sitePath } from "./http";
import { type Filters, fetchCards, type Item, itemKey, searchBody } from "./stac";

/** The search's id: the same for the same filters. What moves with the map isn't part of it. */
export async function registerSearch(filters: Filters, signal?: AbortSignal): Promise<string> {
  const still = filters.follow ? { ...filters, bbox: null } : filters;
  const { limit: _, ...body } = searchBody(still, 1);
  const { id } = await requestJson<{ id: string }>(sitePath("/tiles/searches/"), {
    method: "POST",
    body,
    ...(signal && { signal }),
  });
  return id;
}

export function mosaicUrl(id: string, part: string, params = new URLSearchParams()): string {
  return `${sitePath(`/tiles/searches/${encodeURIComponent(id)}/${part}`)}${params.size ? `?${params}` : ""}`;
}

/** Images that the server opens at most. */
export const MOST_IMAGES = 100;

export interface Moment {
  /** Milliseconds since 1970. */
  time: number;
  item: Item;
  values: (number | null)[];
}

export interface Series {
  names: string[];
  moments: Moment[];
}

interface PointValues {
  collection: string;
  id: string;
  values: (number | null)[];
  band_names: string[];
}

/** What each image of a search holds at a place, the oldest first; images that bear no date are left out. */
export async function fetchSeries(
  searchUrl: string,
  id: string,
  at: { lon: number; lat: number },
  params: URLSearchParams,
  signal?: AbortSignal,
): Promise<Series> {
  const url = mosaicUrl(id, `point/${at.lon.toFixed(6)},${at.lat.toFixed(6)}`, params);
  const { values } = await requestJson<{ values: PointValues[] }>(url, signal ? { signal } : {});
  const items = new Map(
    (await fetchCards(searchUrl, values, signal)).map((item) => [itemKey(item), item] as const),
  );
  const moments = values.flatMap((found): Moment[] => {
    const item = items.get(itemKey(found));
    const time = item ? timeOf(item) : Number.NaN;
    return item && Number.isFinite(time) ? [{ time, item, values: found.values }] : [];
  });
  return { names: values[0]?.band_names ?? [], moments: moments.sort((a, b) => a.time - b.time) };
}

function timeOf({ properties }: Item): number {
  return Date.parse(String(properties.datetime ?? properties.start_datetime ?? ""));
}
