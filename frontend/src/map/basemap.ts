/** Natural Earth from the bundle: a map of the world that needs no network. */
import TopoJSON from "ol/format/TopoJSON";
import type BaseLayer from "ol/layer/Base";
import Graticule from "ol/layer/Graticule";
import TileLayer from "ol/layer/Tile";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import XYZ from "ol/source/XYZ";
import { Fill, Stroke, Style, Text } from "ol/style";
import countriesUrl from "world-atlas/countries-50m.json?url";
import landUrl from "world-atlas/land-110m.json?url";
import { type MapColors, mapColors } from "./colors";

/** Below it the coarse coastline is sharp enough, and an eighth of the bytes. */
const DETAIL_ZOOM = 4.5;

function naturalEarth(url: string, object: string, zooms: { minZoom?: number; maxZoom?: number }) {
  return new VectorLayer({
    ...zooms,
    source: new VectorSource({ url, format: new TopoJSON({ layers: [object] }) }),
    updateWhileAnimating: true,
    updateWhileInteracting: true,
  });
}

function graticule(colors: MapColors): Graticule {
  const text = () =>
    new Text({
      font: "11px 'Inter Variable', system-ui, sans-serif",
      fill: new Fill({ color: colors.label }),
      textBaseline: "bottom",
    });
  return new Graticule({
    strokeStyle: new Stroke({ color: colors.graticule, width: 1 }),
    showLabels: true,
    lonLabelStyle: text(),
    latLabelStyle: (() => {
      const label = text();
      label.setTextAlign("end");
      return label;
    })(),
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
