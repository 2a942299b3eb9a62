/** Where the found items lie, and which of them are hovered and chosen. */
import type { FeatureLike } from "ol/Feature";
import Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import VectorLayer from "ol/layer/Vector";
import VectorSource from "ol/source/Vector";
import { Fill, Stroke, Style } from "ol/style";
import { type Item, itemKey } from "../api/stac";
import { type MapColors, mapColors } from "./colors";

const geojson = new GeoJSON({ featureProjection: "EPSG:3857" });

function featureOf(item: Item): Feature {
  const feature = new Feature(geojson.readGeometry(item.geometry) ?? undefined);
  feature.setId(itemKey(item));
  return feature;
}

function styles(colors: MapColors) {
  return {
    plain: new Style({
      stroke: new Stroke({ color: colors.footprint, width: 1.5 }),
      fill: new Fill({ color: colors.footprintFill }),
    }),
    hovered: new Style({
      zIndex: 2,
      stroke: new Stroke({ color: colors.highlight, width: 2.5 }),
      fill: new Fill({ color: colors.highlightFill }),
    }),
    // Without a fill, so that the imagery below is seen as it is.
    selected: new Style({
      zIndex: 1,
      stroke: new Stroke({ color: colors.highlight, width: 2 }),
      fill: new Fill({ color: "rgba(0,0,0,0)" }),
    }),
  };
}

export class Footprints {
  readonly source = new VectorSource();
  readonly layer: VectorLayer;
  hovered = "";
  selected = "";
  #styles = styles(mapColors());

  constructor() {
    this.layer = new VectorLayer({
      source: this.source,
      className: "footprints",
      zIndex: 10,
      style: (feature) => this.#style(feature),
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

  recolor(): void {
    this.#styles = styles(mapColors());
    this.layer.changed();
  }

  #style(feature: FeatureLike): Style {
    const key = feature.getId();
    if (key === this.selected) return this.#styles.selected;
    return key === this.hovered ? this.#styles.hovered : this.#styles.plain;
  }
}
