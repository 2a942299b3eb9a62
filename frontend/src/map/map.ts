/** The map of the Explorer and of collection pages: basemap, imagery, box and footprints. */
import { defaults as defaultControls } from "ol/control/defaults";
import ScaleLine from "ol/control/ScaleLine";
import type { Extent } from "ol/extent";
import { createEmpty, extend, isEmpty } from "ol/extent";
import LayerGroup from "ol/layer/Group";
import type TileLayer from "ol/layer/Tile";
import OlMap from "ol/Map";
import { fromLonLat } from "ol/proj";
import type ImageTile from "ol/source/ImageTile";
import View from "ol/View";
import type { Bbox, Item, TileJson } from "../api/stac";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import { Annotations } from "./annotations";
import { basemapLayers } from "./basemap";
import { SearchBox } from "./box";
import { onThemeChange } from "./colors";
import { bboxOf, centerOf, extentOf } from "./extent";
import { Footprints } from "./footprints";
import { countTiles, markReady } from "./ready";
import { Scenes, sceneKey } from "./scenes";
import { Sketch } from "./sketch";
import { Swipe } from "./swipe";
import { mapLayer } from "./tiles";

const WORLD: MapView = { lon: 8, lat: 22, zoom: 1.8 };
const PADDING = [56, 56, 56, 56];

export class ImageryMap {
  readonly map: OlMap;
  readonly footprints = new Footprints();
  readonly scenes = new Scenes();
  readonly box = new SearchBox();
  readonly sketch: Sketch;
  readonly annotations: Annotations;
  /** Hears how many of the imagery's tiles could not be had. */
  tilesFailed: (failed: number) => void = () => {};
  readonly #base: LayerGroup;
  #imagery: TileLayer<ImageTile> | null = null;
  #tilejson: TileJson | null = null;
  readonly #swipe: Swipe;
  readonly #element: HTMLElement;
  readonly #stopTheme: () => void;

  constructor(element: HTMLElement, options: { basemap: string; view: MapView | null }) {
    this.#element = element;
    this.#base = new LayerGroup({ layers: basemapLayers(options.basemap) });
    const { lon, lat, zoom } = options.view ?? WORLD;
    this.map = new OlMap({
      target: element,
      layers: [this.#base, this.box.layer, this.scenes.layer, this.footprints.layer],
      controls: controls().extend([new ScaleLine()]),
      view: new View({ center: fromLonLat([lon, lat]), zoom, minZoom: 0, maxZoom: 24 }),
    });
    this.#swipe = new Swipe(this.map);
    this.sketch = new Sketch(this.map);
    this.annotations = new Annotations(this.map);
    markReady(this.map, element);
    this.#stopTheme = onThemeChange(() => {
      this.#base.setLayers(new LayerGroup({ layers: basemapLayers(options.basemap) }).getLayers());
      this.footprints.recolor();
      this.scenes.recolor();
      this.box.recolor();
      this.sketch.recolor();
    });
  }

  destroy(): void {
    this.#stopTheme();
    this.map.setTarget();
  }

  showImagery(tilejson: TileJson | null, opacity: number): void {
    const before = this.#imagery;
    this.#tilejson = tilejson;
    this.#imagery = tilejson ? mapLayer(tilejson) : null;
    this.footprints.clear = this.scenes.clear = this.#imagery !== null;
    delete this.#element.dataset.tiles;
    this.tilesFailed(0);
    if (before) this.#retire(before);
    if (!this.#imagery) return;
    countTiles(this.#imagery, this.#element, (failed) => this.tilesFailed(failed));
    this.#swipe.beside(this.#imagery);
    this.setOpacity(opacity);
    this.map.addLayer(this.#imagery);
  }

  /** What was shown stays below its successor until that is drawn: another style without a flash. */
  #retire(layer: TileLayer<ImageTile>): void {
    if (!this.#imagery) {
      this.map.removeLayer(layer);
      return;
    }
    layer.setZIndex(4);
    this.map.once("rendercomplete", () => this.map.removeLayer(layer));
  }

  /** Other imagery at the left of what is shown, up to the swipe; null takes it away. */
  pin(tilejson: TileJson | null): void {
    this.#swipe.pin(tilejson ? mapLayer(tilejson, "pinned") : null);
  }

  swipe(part: number): void {
    this.#swipe.move(part);
  }

  retryImagery(): void {
    this.showImagery(this.#tilejson, this.#imagery?.getOpacity() ?? 1);
  }

  /** Keys of the footprints there, the uppermost first. */
  keysAt(pixel: number[]): string[] {
    const keys = new Set<string>();
    const { footprints, scenes } = this;
    this.map.forEachFeatureAtPixel(
      pixel,
      (feature, layer) => {
        keys.add(layer === scenes.layer ? sceneKey(feature) : String(feature.getId()));
      },
      { layerFilter: (layer) => layer === footprints.layer || layer === scenes.layer, hitTolerance: 3 },
    );
    return [...keys];
  }

  setOpacity(opacity: number): void {
    this.#imagery?.setOpacity(opacity);
  }

  fitItems(items: readonly Item[], duration = 400): void {
    const extent = createEmpty();
    for (const item of items) if (item.bbox && item.geometry) extend(extent, extentOf(item.bbox));
    this.fit(extent, duration);
  }

  /** `padding` on top of the usual one, in pixels, as [top, right, bottom, left]: what else covers the map. */
  fit(extent: Extent, duration = 400, padding: readonly number[] = [0, 0, 0, 0]): void {
    if (isEmpty(extent)) return;
    // Not until the new place is drawn.
    this.#element.removeAttribute("data-ready");
    const reduced = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.map.getView().fit(extent, {
      padding: PADDING.map((value, side) => value + (padding[side] ?? 0)),
      maxZoom: 17,
      duration: reduced ? 0 : duration,
    });
    this.map.render();
  }

  get bbox(): Bbox {
    return bboxOf(this.map.getView().calculateExtent(this.map.getSize()));
  }

  get view(): MapView {
    const view = this.map.getView();
    return { ...centerOf(view.getCenter() ?? [0, 0]), zoom: view.getZoom() ?? WORLD.zoom };
  }

  set view(target: MapView) {
    this.map.getView().setCenter(fromLonLat([target.lon, target.lat]));
    this.map.getView().setZoom(target.zoom);
  }
}

export function controls() {
  return defaultControls({
    rotate: false,
    attribution: false,
    zoomOptions: { zoomInTipLabel: strings.viewer.zoomIn, zoomOutTipLabel: strings.viewer.zoomOut },
  });
}
