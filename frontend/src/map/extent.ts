/** Boxes in degrees and in the map's Web Mercator metres. */
import type { Extent } from "ol/extent";
import { fromLonLat, toLonLat, transformExtent } from "ol/proj";
import type { Bbox } from "../api/stac";

/** Where Web Mercator ends, in degrees. */
const MAX_LATITUDE = 85.0511;

const clampLatitude = (lat: number) => Math.max(-MAX_LATITUDE, Math.min(MAX_LATITUDE, lat));

/** West greater than east means across the antimeridian: the extent then goes on beyond 180°. */
export function extentOf(bbox: readonly number[]): Extent {
  // STAC allows boxes with heights: six numbers.
  const [west, south, east, north] = (
    bbox.length === 6 ? [bbox[0], bbox[1], bbox[3], bbox[4]] : bbox
  ) as Bbox;
  const unwrapped = west > east ? east + 360 : east;
  const lower = fromLonLat([west, clampLatitude(south)]);
  const upper = fromLonLat([unwrapped, clampLatitude(north)]);
  return [...lower, ...upper];
}

const wrapLongitude = (lon: number) => ((((lon + 180) % 360) + 360) % 360) - 180;
const round = (value: number) => Math.round(value * 1e4) / 1e4;

export function bboxOf(extent: Extent): Bbox {
  const [west, south, east, north] = transformExtent(extent, "EPSG:3857", "EPSG:4326") as Bbox;
  if (east - west >= 360) return [-180, round(south), 180, round(north)];
  const left = round(wrapLongitude(west));
  const right = round(wrapLongitude(east));
  // 180° itself wraps to -180°, which as an eastern edge would turn the box inside out.
  return [left, round(south), right === -180 ? 180 : right, round(north)];
}

export function centerOf(coordinate: readonly number[]): { lon: number; lat: number } {
  const [lon, lat] = toLonLat([...coordinate]) as [number, number];
  return { lon: wrapLongitude(lon), lat };
}
