/** Values as people read them. Mirrors what the server-rendered pages say. */
import { strings } from "../strings";
import type { Item } from "./stac";

const DAY = new Intl.DateTimeFormat("en-GB", {
  day: "numeric",
  month: "short",
  year: "numeric",
  timeZone: "UTC",
});

export function formatDay(value: unknown): string {
  const date = typeof value === "string" ? new Date(value) : new Date(Number.NaN);
  return Number.isNaN(date.getTime()) ? "" : DAY.format(date);
}

/** The day an item shows, or its interval. */
export function itemDate(item: Item): string {
  const { datetime, start_datetime: start, end_datetime: end } = item.properties;
  if (datetime) return formatDay(datetime);
  const [from, to] = [formatDay(start), formatDay(end)];
  return from === to || !to ? from : `${from} – ${to}`;
}

/** Where `datetime` is a file's, it says nothing of when the image was taken. */
export function dateKind(item: Item): "acquired" | "file" | "undated" {
  const source = item.properties["geodata:datetime_source"];
  if (source === "unknown") return "undated";
  return source === "file-modified" ? "file" : "acquired";
}

/** An item's date as a card has room for it. */
export function cardDate(item: Item): string {
  const kind = dateKind(item);
  if (kind === "undated") return strings.dates.undated;
  return kind === "file" ? strings.dates.file(itemDate(item)) : itemDate(item);
}

export function formatBytes(bytes: number | undefined): string {
  if (bytes === undefined || !Number.isFinite(bytes)) return "";
  const units = ["B", "kB", "MB", "GB", "TB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

function significant(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

export function formatMetres(metres: number): string {
  if (metres >= 1000) return `${significant(metres / 1000)} km`;
  return metres >= 1 ? `${significant(metres)} m` : `${significant(metres * 100)} cm`;
}

export function formatResolution(item: Item): string {
  const gsd = item.properties.gsd;
  return typeof gsd === "number" ? formatMetres(gsd) : "";
}

/** A slide's, in micrometres. */
export function formatPixelSize(item: Item): string {
  const size = item.properties["geodata:pixel_size"];
  return Array.isArray(size) ? `${significant(Number(size[0]))} µm` : "";
}

export function formatShape(item: Item): string {
  const shape = item.properties["proj:shape"] ?? dataAsset(item)?.["proj:shape"];
  return Array.isArray(shape) && shape.length === 2
    ? `${Number(shape[1]).toLocaleString("en")} × ${Number(shape[0]).toLocaleString("en")} px`
    : "";
}

function dataAsset(item: Item): Record<string, unknown> | undefined {
  const assets = Object.values(item.assets ?? {});
  return (assets.find((asset) => asset.roles?.includes("data")) ?? assets[0]) as
    | Record<string, unknown>
    | undefined;
}

export function formatDegrees(value: number): string {
  return (Math.round(value * 1e4) / 1e4).toString();
}
