/** Natural Earth from the bundle: a map of the world that needs no network. */
import Feature from "ol/Feature";
import TopoJSON from "ol/format/TopoJSON";
import { MultiPolygon, Polygon } from "ol/geom";
import type BaseLayer from "ol/layer/Base";
import Graticule from "ol/layer/Graticule";
import TileLayer from "ol/layer/Tile";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import XYZ from "ol/source/XYZ";
import { Fill, Stroke, Style, Text } from "ol/style";
import countriesUrl from "world-atlas/countries-50m.json?url";
import landUrl from "world-atlas/land-110m.json?url";
import { flatten } from "./antimeridian";
import { type MapColors, mapColors } from "./colors";

/** Below it the coarse coastline is sharp enough, and an eighth of the bytes. */
const DETAIL_ZOOM = 4.5;

/** Reads one object of a TopoJSON file; geometries arrive in degrees, are made flat, then projected. */
async function readLand(url: string, object: string): Promise<Feature[]> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`basemap ${response.status}`);
  const features = new TopoJSON({ layers: [object] }).readFeatures(await response.json());
  return features.flatMap((feature) => {
    const geometry = feature.getGeometry();
    const polygons =
      geometry instanceof MultiPolygon
        ? geometry.getCoordinates()
        : geometry instanceof Polygon
          ? [geometry.getCoordinates()]
          : [];
    const flat = new MultiPolygon(polygons.flatMap(flatten));
    return new Feature(flat.transform("EPSG:4326", "EPSG:3857"));
  });
}

function naturalEarth(url: string, object: string, zooms: { minZoom?: number; maxZoom?: number }) {
  const source: VectorSource = new VectorSource({
    loader: (extent, _resolution, _projection, success, failure) => {
      readLand(url, object).then(
        (features) => {
          source.addFeatures(features);
          success?.(features);
        },
        () => {
          source.removeLoadedExtent(extent);
          failure?.();
        },
      );
    },
  });
  return new VectorLayer({ ...zooms, source, updateWhileAnimating: true, updateWhileInteracting: true });
}

function graticule(colors: MapColors): Graticule {
  const text = () =>
    new Text({
      font: "11px 'Inter Variable', system-ui, sans-serif",
      fill: new Fill({ color: colors.label }),
      textBaseline: "bottom",
    });
  const latitude = text();
  latitude.setTextAlign("start");
  return new Graticule({
    strokeStyle: new Stroke({ color: colors.graticule, width: 1 }),
    showLabels: true,
    lonLabelStyle: text(),
    latLabelStyle: latitude,
    latLabelPosition: 0.005,
    wrapX: true,
    zIndex: 1,
    targetSize: 140,
  });
}

/** The layers below the imagery: a raster basemap when the site names one, else Natural Earth. */
export function basemapLayers(xyzUrl = ""): BaseLayer[] {
  if (xyzUrl) return [new TileLayer({ source: new XYZ({ url: xyzUrl }), className: "basemap" })];
  const colors = mapColors();
  const land = naturalEarth(landUrl, "land", { maxZoom: DETAIL_ZOOM });
  const countries = naturalEarth(countriesUrl, "countries", { minZoom: DETAIL_ZOOM });
  land.setStyle(new Style({ fill: new Fill({ color: colors.land }) }));
  countries.setStyle(
    new Style({
      fill: new Fill({ color: colors.land }),
      stroke: new Stroke({ color: colors.border, width: 1 }),
    }),
  );
  return [land, countries, graticule(colors)];
}
