/** Counts of what a search finds: by month, by a property's values, and what properties there are. */
import { requestJson, sitePath } from "./http";
import type { Histogram } from "./imagery";
import { type Filters, filterBody } from "./stac";

interface Bucket {
  key: string;
  from?: number;
  to?: number;
  frequency: number;
}

interface Aggregation {
  name: string;
  buckets?: Bucket[];
}

async function aggregate(
  filters: Filters,
  aggregations: string[],
  options: { signal?: AbortSignal | undefined; body?: Record<string, unknown> } = {},
): Promise<Map<string, Bucket[]>> {
  const body = { ...filterBody(filters), ...options.body, aggregations };
  const { aggregations: found } = await requestJson<{ aggregations: Aggregation[] }>(
    sitePath("/stac/aggregate"),
    {
      method: "POST",
      body,
      ...(options.signal && { signal: options.signal }),
    },
  );
  return new Map(found.map(({ name, buckets = [] }) => [name, buckets]));
}

export interface Month {
  /** Its first day. */
  from: string;
  /** Its last. */
  to: string;
  count: number;
}

/** Months that a chart has room for; a longer time is told in years. */
const MOST_MONTHS = 240;

function lastDay(year: number, month: number): string {
  return new Date(Date.UTC(year, month + 1, 0)).toISOString().slice(0, 10);
}

/** Every month (or year) from the first with items to the last, empty ones too. */
export function timeline(buckets: readonly { key: string; frequency: number }[]): Month[] {
  const dated = buckets.flatMap(({ key, frequency }) => {
    const date = new Date(key);
    return Number.isNaN(date.getTime())
      ? []
      : [{ month: date.getUTCFullYear() * 12 + date.getUTCMonth(), frequency }];
  });
  if (!dated.length) return [];
  const months = dated.map(({ month }) => month);
  const step = Math.max(...months) - Math.min(...months) >= MOST_MONTHS ? 12 : 1;
  const counts = new Map<number, number>();
  for (const { month, frequency } of dated) {
    const bin = Math.floor(month / step);
    counts.set(bin, (counts.get(bin) ?? 0) + frequency);
  }
  const [first, last] = [Math.min(...counts.keys()), Math.max(...counts.keys())];
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const start = (first + at) * step;
    const [year, month] = [Math.floor(start / 12), start % 12];
    return {
      from: new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10),
      to: lastDay(year, month + step - 1),
      count: counts.get(first + at) ?? 0,
    };
  });
}

/** By month, whatever dates the search is limited to: these are what is chosen here. */
export async function countMonths(filters: Filters, signal?: AbortSignal): Promise<Month[]> {
  const body = { datetime_frequency_interval: "month" };
  const found = await aggregate({ ...filters, from: "", to: "" }, ["datetime_frequency"], { signal, body });
  return timeline(found.get("datetime_frequency") ?? []);
}

export interface Day {
  /** `YYYY-MM-DD` */
  day: string;
  count: number;
}

/** Days on which something was acquired, the first first. */
export async function countDays(filters: Filters, signal?: AbortSignal): Promise<Day[]> {
  const still = filters.follow ? { ...filters, bbox: null } : filters;
  const body = { datetime_frequency_interval: "day" };
  const found = await aggregate(still, ["datetime_frequency"], { signal, body });
  return (found.get("datetime_frequency") ?? [])
    .map(({ key, frequency }) => ({ day: key.slice(0, 10), count: frequency }))
    .filter(({ count }) => count > 0)
    .sort((a, b) => a.day.localeCompare(b.day));
}

export interface Property {
  name: string;
  title: string;
  kind: "number" | "text";
}

interface Schema {
  title?: string;
  type?: string | string[];
  format?: string;
  $ref?: string;
}

/** Not asked for by people: ids, times and shapes, which have filters of their own, and machines' notes. */
const LEFT_OUT =
  /^(id|collection|geometry|datetime|start_datetime|end_datetime|created|updated|title|description|proj:.*|file:.*|geodata:datetime_source)$/;
const MOST_PROPERTIES = 24;

/** Numbers and texts that items of these collections have. */
export async function fetchProperties(
  collections: readonly string[],
  signal?: AbortSignal,
): Promise<Property[]> {
  const [only] = collections;
  const path =
    collections.length === 1 && only
      ? `/stac/collections/${encodeURIComponent(only)}/queryables`
      : "/stac/queryables";
  const { properties } = await requestJson<{ properties: Record<string, Schema> }>(
    sitePath(path),
    signal ? { signal } : {},
  );
  return Object.entries(properties)
    .flatMap(([name, { title, type, format }]): Property[] => {
      if (LEFT_OUT.test(name) || format) return [];
      const kind = type === "number" || type === "integer" ? "number" : type === "string" ? "text" : null;
      return kind ? [{ name, title: title && title !== name ? title : "", kind }] : [];
    })
    .slice(0, MOST_PROPERTIES);
}

export interface Counted {
  /** Of a number. */
  histogram: Histogram | null;
  /** Of a text: its values, the commonest first. */
  choices: { value: string; count: number }[];
}

/** How the values of properties are spread over what else the search finds. */
export async function countProperties(
  filters: Filters,
  properties: readonly Property[],
  signal?: AbortSignal,
): Promise<Record<string, Counted>> {
  if (!properties.length) return {};
  const names = properties.map(({ name }) => `${name}_frequency`);
  const found = await aggregate({ ...filters, conditions: [] }, names, { signal });
  return Object.fromEntries(
    properties.map(({ name, kind }) => {
      const buckets = found.get(`${name}_frequency`) ?? [];
      const choices =
        kind === "text"
          ? buckets
              .map(({ key, frequency }) => ({ value: key, count: frequency }))
              .sort((a, b) => b.count - a.count)
          : [];
      return [name, { histogram: kind === "number" ? histogramOf(buckets) : null, choices }];
    }),
  );
}

/** Buckets that hold nothing are left out of an answer, and put back here. */
function histogramOf(buckets: readonly Bucket[]): Histogram | null {
  const ranges = buckets.filter(
    ({ from, to }) => from !== undefined && to !== undefined,
  ) as Required<Bucket>[];
  const [first] = ranges;
  if (!first) return null;
  const width = first.to - first.from || 1;
  const min = Math.min(...ranges.map(({ from }) => from));
  const max = Math.max(...ranges.map(({ to }) => to));
  const counts = Array.from({ length: Math.min(200, Math.max(1, Math.round((max - min) / width))) }, () => 0);
  for (const { from, frequency } of ranges) {
    const at = Math.min(counts.length - 1, Math.round((from - min) / width));
    counts[at] = (counts[at] ?? 0) + frequency;
  }
  return { min, max, counts };
}
