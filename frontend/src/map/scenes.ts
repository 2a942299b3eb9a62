/** All that a search finds, as vector tiles: outlines where they can be seen, dots where they can't. */
import type { FeatureLike } from "ol/Feature";
import MVT from "ol/format/MVT";
import VectorTileLayer from "ol/layer/VectorTile";
import VectorTileSource from "ol/source/VectorTile";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { sitePath } from "../api/http";
import { mapColors } from "./colors";
import { CLEAR } from "./footprints";

/** Tiles of closer zooms say nothing more: a footprint has few corners. */
const MAX_ZOOM = 12;

export function sceneKey(feature: FeatureLike): string {
  return `${feature.get("collection")}/${feature.get("id")}`;
}

function styles(clear: boolean) {
  const colors = mapColors();
  const of = (color: string, fill: string, width: number, zIndex: number) =>
    new Style({
      zIndex,
      stroke: new Stroke({ color, width }),
      fill: new Fill({ color: clear ? CLEAR : fill }),
      image: new Circle({ radius: zIndex ? 5 : 2.5, fill: new Fill({ color }) }),
    });
  return {
    plain: of(colors.scene, CLEAR, 1, 0),
    highlighted: of(colors.highlight, colors.highlightFill, 2.5, 1),
  };
}

export class Scenes {
  readonly layer = new VectorTileLayer({
    className: "footprints",
    zIndex: 8,
    renderMode: "hybrid",
    style: (feature) => this.#style(feature),
  });
  #query: string | null = null;
  #clear = false;
  #highlighted = new Set<string>();
  #styles = styles(false);

  /** `query` holds the search's filters; null shows nothing. */
  show(query: string | null): void {
    if (query === this.#query) return;
    this.#query = query;
    this.layer.setSource(
      query === null
        ? null
        : new VectorTileSource({
            format: new MVT(),
            maxZoom: MAX_ZOOM,
            url: `${sitePath("/stac/footprints/{z}/{x}/{y}.mvt")}${query && `?${query}`}`,
          }),
    );
  }

  highlight(keys: readonly string[]): void {
    this.#highlighted = new Set(keys.filter(Boolean));
    this.layer.changed();
  }

  set clear(clear: boolean) {
    this.#clear = clear;
    this.recolor();
  }

  recolor(): void {
    this.#styles = styles(this.#clear);
    this.layer.changed();
  }

  #style(feature: FeatureLike): Style {
    return this.#highlighted.has(sceneKey(feature)) ? this.#styles.highlighted : this.#styles.plain;
  }
}
