/** The area of a file that was dropped: GeoJSON or KML, made simple enough for an address. */
import GeoJSON from "ol/format/GeoJSON";
import KML from "ol/format/KML";
import { type Geometry, GeometryCollection, MultiPolygon, Polygon } from "ol/geom";
import type { Area } from "../api/stac";
import { MAX_AREA_POINTS } from "../state/url";
import { strings } from "../strings";

const MAX_BYTES = 10 * 1024 * 1024;

function polygonsOf(geometry: Geometry | null | undefined): Polygon[] {
  if (geometry instanceof Polygon) return [geometry];
  if (geometry instanceof MultiPolygon) return geometry.getPolygons();
  if (geometry instanceof GeometryCollection) return geometry.getGeometries().flatMap(polygonsOf);
  return [];
}

function ringsOf(polygons: readonly Polygon[], tolerance: number): Area {
  const rings = polygons.map((polygon) => {
    const simple = tolerance ? (polygon.simplify(tolerance) as Polygon) : polygon;
    const ring = simple.getCoordinates()[0] ?? [];
    return ring.slice(0, -1).map(([lon = 0, lat = 0]) => [lon, lat] as [number, number]);
  });
  return rings.filter((ring) => ring.length >= 3);
}

function read(text: string, name: string): Polygon[] {
  const format = /\.kml$/i.test(name) || /^\s*<\?xml|^\s*<kml/i.test(text) ? new KML() : new GeoJSON();
  try {
    return format.readFeatures(text).flatMap((feature) => polygonsOf(feature.getGeometry()));
  } catch {
    throw new Error(strings.area.unreadable(name));
  }
}

/** Throws an error in words for people. */
export async function readArea(file: File): Promise<Area> {
  if (file.size > MAX_BYTES) throw new Error(strings.area.tooLarge(file.name));
  return areaOf(await file.text(), file.name);
}

export function areaOf(text: string, name: string): Area {
  const polygons = read(text, name);
  if (!polygons.length) throw new Error(strings.area.noPolygon(name));
  let tolerance = 0;
  let area = ringsOf(polygons, tolerance);
  while (area.flat().length > MAX_AREA_POINTS && tolerance < 20) {
    tolerance = tolerance ? tolerance * 2 : 0.0005;
    area = ringsOf(polygons, tolerance);
  }
  const inside = area.flat().every(([lon, lat]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90);
  if (!area.length || area.flat().length > MAX_AREA_POINTS) throw new Error(strings.area.tooMany(name));
  if (!inside) throw new Error(strings.area.offGlobe(name));
  return area;
}
