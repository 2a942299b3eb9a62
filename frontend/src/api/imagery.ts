/** What the imagery's routes tell beside tiles: histograms, values at a place, colour maps. */
import { requestJson, sitePath } from "./http";
import type { Band } from "./stac";

export interface Histogram {
  min: number;
  max: number;
  counts: number[];
}

const BINS = 64;

/** Fewer, wider bins: the many of a file have gaps where its values are whole numbers. */
export function rebin(counts: readonly number[], bins = BINS): number[] {
  if (counts.length <= bins) return [...counts];
  const wide = Array.from({ length: bins }, () => 0);
  counts.forEach((count, at) => {
    const bin = Math.floor((at * bins) / counts.length);
    wide[bin] = (wide[bin] ?? 0) + count;
  });
  return wide;
}

/** As it was stored at ingest. */
export function storedHistogram(band: Band): Histogram | null {
  const stored = band["raster:histogram"];
  if (!stored?.buckets.length || !(stored.max > stored.min)) return null;
  return { min: stored.min, max: stored.max, counts: rebin(stored.buckets) };
}

/** Counted by the server; `url` is the imagery's `data/histogram` with bands or an expression. */
export async function fetchHistogram(url: string, signal?: AbortSignal): Promise<Histogram | null> {
  const address = new URL(url);
  for (const name of ["rescale", "colormap_name", "color_formula", "resampling"])
    address.searchParams.delete(name);
  address.searchParams.set("bins", String(BINS));
  const [band] = await requestJson<{ hist: number[]; range: [number, number] }[]>(
    address.href,
    signal ? { signal } : {},
  );
  return band ? { min: band.range[0], max: band.range[1], counts: band.hist } : null;
}

export interface Values {
  values: (number | null)[];
  band_names: string[];
}

export const fetchValues = (url: string, signal: AbortSignal) => requestJson<Values>(url, { signal });

const gradients = new Map<string, Promise<string>>();

/** A colour map as a CSS gradient, from its darkest end to the brightest. */
export function colormapGradient(name: string): Promise<string> {
  const known = gradients.get(name);
  if (known) return known;
  const made = requestJson<Record<string, [number, number, number, number]>>(
    sitePath(`/tiles/colormaps/${encodeURIComponent(name)}`),
  ).then((colors) => {
    const stops = Object.values(colors);
    const step = Math.max(1, Math.floor(stops.length / 16));
    const picked = stops.filter((_, at) => at % step === 0 || at === stops.length - 1);
    return `linear-gradient(to right, ${picked.map(([r, g, b]) => `rgb(${r} ${g} ${b})`).join(", ")})`;
  });
  gradients.set(name, made);
  made.catch(() => gradients.delete(name));
  return made;
}
