/** What imagery holds along a line and within a polygon. */
import type { Shape } from "../map/sketch";
import { csrfToken, errorFrom, requestJson } from "./http";

export interface Profile {
  unit: string;
  length: number;
  distances: number[];
  coordinates: [number, number][];
  band_names: string[];
  /** One list for each band. */
  values: (number | null)[][];
}

export interface Zone {
  min: number | null;
  max: number | null;
  mean: number | null;
  median: number | null;
  std: number | null;
  count: number;
  valid_percent: number;
  histogram: [counts: number[], edges: number[]];
}

const SAMPLES = 400;
const BINS = 48;

function geojson(url: string, params: Record<string, string>): string {
  const address = new URL(url, window.location.href);
  for (const [name, value] of Object.entries(params)) address.searchParams.set(name, value);
  return address.href;
}

const system = (pixels: boolean): Record<string, string> => (pixels ? { coord_crs: "pixels" } : {});

export function fetchProfile(
  url: string,
  line: Shape,
  pixels: boolean,
  signal?: AbortSignal,
): Promise<Profile> {
  const address = geojson(url, { samples: String(SAMPLES), ...system(pixels) });
  return requestJson<Profile>(address, { method: "POST", body: line, ...(signal && { signal }) });
}

/** By the name of each band. */
export async function fetchZone(
  url: string,
  polygon: Shape,
  pixels: boolean,
  signal?: AbortSignal,
): Promise<Record<string, Zone>> {
  const address = geojson(url, { histogram_bins: String(BINS), ...system(pixels) });
  const body = { type: "Feature", properties: {}, geometry: polygon };
  const found = await requestJson<{ properties: { statistics: Record<string, Zone> } }>(address, {
    method: "POST",
    body,
    ...(signal && { signal }),
  });
  return found.properties.statistics;
}

/** The imagery within a polygon as a file. */
export async function fetchRegion(url: string, polygon: Shape, pixels: boolean): Promise<Blob> {
  const response = await fetch(geojson(url, system(pixels)), {
    method: "POST",
    credentials: "same-origin",
    headers: { "Content-Type": "application/geo+json", "X-CSRFToken": csrfToken() },
    body: JSON.stringify(polygon),
  });
  if (!response.ok) throw errorFrom(response.status, await response.text());
  return response.blob();
}
