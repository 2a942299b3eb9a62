/** Where the found items lie, and which of them are hovered and chosen. */
import { createEmpty, getCenter, getHeight, getWidth } from "ol/extent";
import type { FeatureLike } from "ol/Feature";
import Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import { Point } from "ol/geom";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { type Item, itemKey } from "../api/stac";
import { type MapColors, mapColors } from "./colors";

const geojson = new GeoJSON({ featureProjection: "EPSG:3857" });

function featureOf(item: Item): Feature {
  const feature = new Feature(geojson.readGeometry(item.geometry) ?? undefined);
  feature.setId(itemKey(item));
  return feature;
}

/** Pixels below which an outline can neither be seen nor hit: a dot then marks the place. */
const SMALLEST = 9;

function dot(color: string, radius: number, zIndex: number): Style {
  return new Style({
    zIndex,
    geometry: (feature) => {
      const extent = feature.getGeometry()?.getExtent();
      return extent && new Point(getCenter(extent));
    },
    image: new Circle({
      radius,
      fill: new Fill({ color }),
      stroke: new Stroke({ color: "rgba(255,255,255,0.9)", width: 1.5 }),
    }),
  });
}

/** `clear`: imagery is shown, which no fill may tint. */
function styles(colors: MapColors, clear: boolean) {
  return {
    dots: {
      plain: dot(colors.footprint, 5, 0),
      hovered: dot(colors.highlight, 7, 2),
      selected: dot(colors.highlight, 6, 1),
    },
    plain: new Style({
      stroke: new Stroke({ color: colors.footprint, width: 1.5 }),
      fill: new Fill({ color: clear ? CLEAR : colors.footprintFill }),
    }),
    hovered: new Style({
      zIndex: 2,
      stroke: new Stroke({ color: colors.highlight, width: 2.5 }),
      fill: new Fill({ color: clear ? CLEAR : colors.highlightFill }),
    }),
    selected: new Style({
      zIndex: 1,
      stroke: new Stroke({ color: colors.highlight, width: 2 }),
      fill: new Fill({ color: CLEAR }),
    }),
  };
}

/** Not painted, but hit all the same. */
export const CLEAR = "rgba(0,0,0,0)";

export class Footprints {
  readonly source = new VectorSource();
  readonly layer: VectorLayer;
  hovered = "";
  selected = "";
  #clear = false;
  #styles = styles(mapColors(), false);

  constructor() {
    this.layer = new VectorLayer({
      source: this.source,
      className: "footprints",
      zIndex: 10,
      style: (feature, resolution) => this.#style(feature, resolution),
    });
  }

  show(items: readonly Item[]): void {
    this.source.clear(true);
    this.source.addFeatures(items.filter((item) => item.geometry).map(featureOf));
  }

  highlight(change: { hovered?: string; selected?: string }): void {
    this.hovered = change.hovered ?? this.hovered;
    this.selected = change.selected ?? this.selected;
    this.layer.changed();
  }

  /** Outlines alone, while imagery is shown. */
  set clear(clear: boolean) {
    this.#clear = clear;
    this.recolor();
  }

  recolor(): void {
    this.#styles = styles(mapColors(), this.#clear);
    this.layer.changed();
  }

  #style(feature: FeatureLike, resolution: number): Style {
    const key = feature.getId();
    const state = key === this.selected ? "selected" : key === this.hovered ? "hovered" : "plain";
    const extent = feature.getGeometry()?.getExtent() ?? createEmpty();
    const small = Math.max(getWidth(extent), getHeight(extent)) < SMALLEST * resolution;
    return small ? this.#styles.dots[state] : this.#styles[state];
  }
}
