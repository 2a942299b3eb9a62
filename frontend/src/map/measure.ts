/** Lengths and areas of what is drawn: on the Earth's sphere, or in an image's pixels. */
import GeoJSON from "ol/format/GeoJSON";
import { type Geometry, LineString, type Polygon } from "ol/geom";
import { getArea, getLength } from "ol/sphere";
import { formatMetres } from "../api/format";
import { formatLength } from "./scale";
import type { Shape } from "./sketch";

const geojson = new GeoJSON();
const DEGREES = { projection: "EPSG:4326" };
const round = (value: number) => Number(value.toPrecision(4)).toLocaleString("en");

export function formatSquare(metres: number): string {
  if (metres >= 1e6) return `${round(metres / 1e6)} km²`;
  return metres >= 1e4 ? `${round(metres / 1e4)} ha` : `${round(metres)} m²`;
}

function formatSquareMicrometres(area: number): string {
  return area >= 1e6 ? `${round(area / 1e6)} mm²` : `${round(area)} µm²`;
}

/**
 * In words: the length of a line; the area and the perimeter of a polygon.
 *
 * `size` is the micrometres of an image's pixel, 0 where nobody knows; null on the map.
 */
export function measure(shape: Shape, size: number | null): string[] {
  const geometry = geojson.readGeometry(shape) as Geometry;
  const isLine = geometry instanceof LineString;
  if (size === null) {
    if (isLine) return [formatMetres(getLength(geometry, DEGREES))];
    return [formatSquare(getArea(geometry, DEGREES)), formatMetres(getLength(geometry, DEGREES))];
  }
  const flat = (value: number) => (size ? formatLength(value * size) : `${round(value)} px`);
  if (isLine) return [flat(geometry.getLength())];
  const polygon = geometry as Polygon;
  const ring = new LineString(polygon.getCoordinates()[0] ?? []);
  const area = polygon.getArea();
  return [size ? formatSquareMicrometres(area * size * size) : `${round(area)} px²`, flat(ring.getLength())];
}
