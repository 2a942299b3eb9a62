/** All that a search finds, as vector tiles: outlines where they can be seen, dots where they can't. */
import type { FeatureLike } from "ol/Feature";
import MVT from "ol/format/MVT";
import VectorTileLayer from "ol/layer/VectorTile";
import type RenderFeature from "ol/render/Feature";
import VectorTileSource from "ol/source/VectorTile";
import { Circle, Fill, Stroke, Style } from "ol/style";
import TileState from "ol/TileState";
import type VectorTile from "ol/VectorTile";
import { sitePath } from "../api/http";
import { mapColors } from "./colors";
import { CLEAR } from "./footprints";

/** Tiles of closer zooms say nothing more: a footprint has few corners. */
const MAX_ZOOM = 12;

export function sceneKey(feature: FeatureLike): string {
  return `${feature.get("collection")}/${feature.get("id")}`;
}

/** Milliseconds before a busy server is asked again. */
const PAUSES = [700, 2000, 5000];

async function fetchTile(url: string): Promise<ArrayBuffer> {
  for (const pause of PAUSES) {
    const response = await fetch(url, { credentials: "same-origin" });
    if (response.ok) return response.arrayBuffer();
    if (response.status !== 503 && response.status !== 429) throw new Error(`footprints ${response.status}`);
    await new Promise((resolve) => window.setTimeout(resolve, pause));
  }
  throw new Error("footprints: busy");
}

function loadTile(tile: VectorTile<RenderFeature>, url: string): void {
  tile.setLoader((extent, _resolution, projection) => {
    fetchTile(url).then(
      (bytes) => {
        const features = tile.getFormat().readFeatures(bytes, { extent, featureProjection: projection });
        tile.setFeatures(features as RenderFeature[]);
      },
      () => tile.setState(TileState.ERROR),
    );
  });
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
            tileLoadFunction: (tile, url) => loadTile(tile as VectorTile<RenderFeature>, url),
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
