/** Slides and images without a place on Earth: the same viewer, in pixel space, with an overview inset. */
import OverviewMap from "ol/control/OverviewMap";
import { shiftKeyOnly } from "ol/events/condition";
import { containsExtent, containsXY as inside } from "ol/extent";
import DragRotate from "ol/interaction/DragRotate";
import { defaults as interactions } from "ol/interaction/defaults";
import OlMap from "ol/Map";
import View from "ol/View";
import type { TileJson } from "../api/stac";
import { Annotations } from "./annotations";
import { controls } from "./map";
import { countTiles, markReady } from "./ready";
import { type PixelAxes, Sketch } from "./sketch";
import { Swipe } from "./swipe";
import { type PixelSpace, pixelSpace } from "./tiles";
import { degreesOf, radiansOf } from "./turn";

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
  /** Hears how far the image is turned, in degrees clockwise, and whether it rests there. */
  turned: (degrees: number, rests: boolean) => void = () => {};
  readonly #axes: PixelAxes = { mirror: 0 };
  readonly #overview: OverviewMap;
  #space: PixelSpace;
  #tilejson: TileJson;
  readonly #swipe: Swipe;
  readonly #watch: (layer: PixelSpace["layer"]) => void;

  constructor(element: HTMLElement, tilejson: TileJson, covered = 0, tilesFailed?: (failed: number) => void) {
    this.#tilejson = tilejson;
    this.#space = pixelSpace(tilejson);
    const { projection, extent, layer, resolutions } = this.#space;
    this.#overview = new OverviewMap({
      collapsed: false,
      rotateWithView: true,
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
      // Shift turns the image, as other slide viewers have it.
      interactions: interactions({ altShiftDragRotate: false, shiftDragZoom: false }).extend([
        new DragRotate({ condition: shiftKeyOnly }),
      ]),
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
    this.map.once("postrender", () => this.map.addControl(this.#overview));
    this.map.on("moveend", () => element.classList.toggle("map--whole", this.#showsWhole()));
    this.map.on("pointermove", ({ dragging, coordinate }) => {
      const [x = 0, y = 0] = coordinate;
      const { mirror } = this.#axes;
      if (!dragging)
        this.pointed(inside(extent, x, y) ? { x: mirror ? mirror - x : x, y: -y, pixels: true } : null);
    });
    this.map.getView().on("change:resolution", () => this.zoomed(this.resolution));
    this.map.getView().on("change:rotation", () => this.turned(this.turn, false));
    this.map.on("moveend", () => this.turned(this.turn, true));
    element.addEventListener("pointerleave", () => this.pointed(null));
    markReady(this.map, element);
    this.#watch = (shown) => {
      tilesFailed?.(0);
      countTiles(shown, element, tilesFailed);
    };
    this.#watch(layer);
    this.#swipe = new Swipe(this.map);
    this.sketch = new Sketch(this.map, this.#axes);
    this.annotations = new Annotations(this.map, this.#axes);
    this.#swipe.beside(layer);
    this.fit(covered);
  }

  /** The same image drawn otherwise, or another one, at the left up to the swipe; null takes it away. */
  pin(tilejson: TileJson | null): void {
    this.#swipe.pin(tilejson ? pixelSpace(tilejson, "pinned", this.#axes.mirror).layer : null);
  }

  swipe(part: number): void {
    this.#swipe.move(part);
  }

  /** The same image drawn otherwise, in the same place. False where it is of another size. */
  show(tilejson: TileJson): boolean {
    const { width, height, tilesize, maxzoom } = this.#tilejson;
    const same = tilejson.width === width && tilejson.height === height;
    if (!same || tilejson.tilesize !== tilesize || tilejson.maxzoom !== maxzoom) return false;
    this.#tilejson = tilejson;
    const before = this.#redraw();
    before.setZIndex(-1);
    this.map.once("rendercomplete", () => this.map.removeLayer(before));
    return true;
  }

  /** Mirrors the image where it lies; what was drawn on it has to be shown again. */
  set flipped(flipped: boolean) {
    if (flipped === this.#axes.mirror > 0) return;
    const width = this.#tilejson.width ?? 0;
    const view = this.map.getView();
    const [x = 0, y = 0] = view.getCenter() ?? [];
    this.#axes.mirror = flipped ? width : 0;
    view.setCenter([width - x, y]);
    this.map.removeLayer(this.#redraw());
  }

  /** Returns the layer that another one stands in for. */
  #redraw(): PixelSpace["layer"] {
    const before = this.#space.layer;
    const { mirror } = this.#axes;
    this.#space = pixelSpace(this.#tilejson, "imagery", mirror);
    const { layer } = this.#space;
    layer.setOpacity(before.getOpacity());
    this.#watch(layer);
    this.#swipe.beside(layer);
    this.map.getLayers().insertAt(0, layer);
    this.#overview.getOverviewMap().setLayers([pixelSpace(this.#tilejson, "imagery", mirror).layer]);
    return before;
  }

  /** Degrees, clockwise. */
  get turn(): number {
    return degreesOf(this.map.getView().getRotation());
  }

  set turn(degrees: number) {
    if (degrees !== this.turn) this.map.getView().setRotation(radiansOf(degrees));
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
    const view = this.map.getView();
    // What is seen is turned and mirrored about its own middle.
    view.padding = [0, covered, 0, 0];
    view.fit(this.#space.extent, { padding: [24, 24, 24, 24] });
  }

  /** The inset says nothing then, and is hidden. */
  #showsWhole(): boolean {
    const view = this.map.getView();
    return containsExtent(view.calculateExtent(), this.#space.extent);
  }

  setOpacity(opacity: number): void {
    this.#space.layer.setOpacity(opacity);
  }

  retry(): void {
    this.map.removeLayer(this.#redraw());
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
