/** Slides and images without a place on Earth: the same viewer, in pixel space, with an overview inset. */
import OverviewMap from "ol/control/OverviewMap";
import { containsExtent, containsXY as inside } from "ol/extent";
import OlMap from "ol/Map";
import View from "ol/View";
import type { TileJson } from "../api/stac";
import { Annotations } from "./annotations";
import { controls } from "./map";
import { countTiles, markReady } from "./ready";
import { Sketch } from "./sketch";
import { Swipe } from "./swipe";
import { type PixelSpace, pixelSpace } from "./tiles";

/** Screen pixels per image pixel at the closest zoom. */
const MAGNIFICATION = 8;

export class PixelViewer {
  readonly map: OlMap;
  /** Hears which pixel of the image is under the pointer. */
  pointed: (place: { x: number; y: number; pixels: true } | null) => void = () => {};
  /** Hears how many image pixels one of the screen shows. */
  zoomed: (resolution: number) => void = () => {};
  readonly sketch: Sketch;
  readonly annotations: Annotations;
  readonly #space;
  readonly #tilejson: TileJson;
  readonly #swipe: Swipe;
  readonly #watch: (layer: PixelSpace["layer"]) => void;

  constructor(element: HTMLElement, tilejson: TileJson, covered = 0, tilesFailed?: (failed: number) => void) {
    this.#tilejson = tilejson;
    this.#space = pixelSpace(tilejson);
    const { projection, extent, layer, resolutions } = this.#space;
    const overview = new OverviewMap({
      collapsed: false,
      layers: [pixelSpace(tilejson).layer],
      view: new View({
        projection,
        extent,
        showFullExtent: true,
        resolutions: [...resolutions, ...coarser(resolutions)],
      }),
      className: "ol-overviewmap viewer-overview",
    });
    this.map = new OlMap({
      target: element,
      layers: [layer],
      controls: controls(),
      view: new View({
        projection,
        extent,
        showFullExtent: true,
        constrainOnlyCenter: true,
        minResolution: 1 / MAGNIFICATION,
        maxResolution: (resolutions[0] ?? 1) * 4,
      }),
    });
    // Once there is a frame: before, the inset has no size to fit the image into.
    this.map.once("postrender", () => this.map.addControl(overview));
    this.map.on("moveend", () => element.classList.toggle("map--whole", this.#showsWhole()));
    this.map.on("pointermove", ({ dragging, coordinate }) => {
      const [x = 0, y = 0] = coordinate;
      if (!dragging) this.pointed(inside(extent, x, y) ? { x, y: -y, pixels: true } : null);
    });
    this.map.getView().on("change:resolution", () => this.zoomed(this.resolution));
    element.addEventListener("pointerleave", () => this.pointed(null));
    markReady(this.map, element);
    this.#watch = (shown) => {
      tilesFailed?.(0);
      countTiles(shown, element, tilesFailed);
    };
    this.#watch(layer);
    this.#swipe = new Swipe(this.map);
    this.sketch = new Sketch(this.map, { pixels: true });
    this.annotations = new Annotations(this.map, { pixels: true });
    this.#swipe.beside(layer);
    this.fit(covered);
  }

  /** The same image drawn otherwise, or another one, at the left up to the swipe; null takes it away. */
  pin(tilejson: TileJson | null): void {
    this.#swipe.pin(tilejson ? pixelSpace(tilejson, "pinned").layer : null);
  }

  swipe(part: number): void {
    this.#swipe.move(part);
  }

  /** Image pixels to a screen pixel. */
  get resolution(): number {
    return this.map.getView().getResolution() ?? 1;
  }

  set resolution(resolution: number) {
    this.map.getView().setResolution(resolution);
  }

  /** `covered`: pixels at the right that something else covers. */
  fit(covered = 0): void {
    this.map.getView().fit(this.#space.extent, { padding: [24, 24 + covered, 24, 24] });
  }

  /** The inset says nothing then, and is hidden. */
  #showsWhole(): boolean {
    const view = this.map.getView();
    return containsExtent(view.calculateExtent(this.map.getSize()), this.#space.extent);
  }

  setOpacity(opacity: number): void {
    this.#space.layer.setOpacity(opacity);
  }

  retry(): void {
    const { layer } = this.#space;
    layer.setSource(pixelSpace(this.#tilejson).layer.getSource());
    this.#watch(layer);
  }

  destroy(): void {
    this.map.setTarget();
  }
}

/** The inset is small: it needs resolutions beyond the coarsest tiles'. */
function coarser(resolutions: readonly number[]): number[] {
  const coarsest = resolutions[0] ?? 1;
  return [coarsest * 2, coarsest * 4];
}
