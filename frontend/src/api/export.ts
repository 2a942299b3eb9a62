/** Results as files. */
import { csv, download } from "./download";
import { errorFrom, sitePath } from "./http";
import { type Filters, filterQuery, type Item } from "./stac";

/** Where the server writes them; the browser saves what comes. */
export function exportUrl(filters: Filters, format: "geojson" | "parquet" | "ndjson"): string {
  const query = filterQuery(filters);
  return `${sitePath("/stac/export")}?f=${format}${query && `&${query}`}`;
}

/** One row for each item: its id, its dates, its box, and every simple property. */
export async function downloadCsv(filters: Filters): Promise<void> {
  const response = await fetch(exportUrl(filters, "ndjson"), { credentials: "same-origin" });
  const text = await response.text();
  if (!response.ok) throw errorFrom(response.status, text);
  const items = text
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Item);
  const names = [
    ...new Set(
      items.flatMap(({ properties }) => Object.keys(properties).filter((name) => isSimple(properties[name]))),
    ),
  ];
  const rows = items.map(({ collection, id, bbox, properties }) => [
    collection,
    id,
    ...[0, 1, 2, 3].map((at) => flat(bbox)[at] ?? null),
    ...names.map((name) => (isSimple(properties[name]) ? cell(properties[name]) : null)),
  ]);
  const header = ["collection", "id", "west", "south", "east", "north", ...names];
  download("items.csv", csv([header, ...rows]), "text/csv");
}

function isSimple(value: unknown): value is string | number | boolean {
  return ["string", "number", "boolean"].includes(typeof value);
}

const cell = (value: string | number | boolean) => (typeof value === "boolean" ? String(value) : value);

/** Without heights. */
function flat(bbox: number[] = []): number[] {
  return bbox.length === 6 ? [bbox[0] ?? 0, bbox[1] ?? 0, bbox[3] ?? 0, bbox[4] ?? 0] : bbox;
}
