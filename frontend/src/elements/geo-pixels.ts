import type { PropertyValues } from "lit";
import type { Annotation } from "../api/annotations";
import type { TileJson } from "../api/stac";
import { PixelViewer } from "../map/pixels";
import type { Shape } from "../map/sketch";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * A slide, or an image without a place, panned and zoomed in pixel space.
 *
 * @fires point-pixels with the pixel under the pointer, null beside the image
 * @fires shape-changed, shape-drawn with what is drawn to measure, in pixels
 * @fires zoom-pixels with the image pixels that one of the screen shows
 * @fires turn-pixels with the degrees by which it is turned, clockwise, and whether it rests there
 * @fires tiles-failed with the number of tiles that could not be had
 */
export class GeoPixels extends LightElement {
  static override properties = {
    tilejson: { attribute: false },
    opacity: { attribute: false },
    pinned: { attribute: false },
    swipe: { attribute: false },
    covered: { attribute: false },
    turn: { attribute: false },
    flip: { attribute: false },
    tool: {},
    drawn: { attribute: false },
    annotations: { attribute: false },
    chosen: {},
  };

  declare tilejson: TileJson | null;
  declare opacity: number;
  /** Imagery to compare with, at the left of `swipe`, a part of the width. */
  declare pinned: TileJson | null;
  declare swipe: number;
  /** Pixels at the right that a drawer covers. */
  declare covered: number;
  /** Degrees, clockwise, of the image; mirrored before that where `flip` says so. */
  declare turn: number;
  declare flip: boolean;
  /** What is drawn now to measure, and what was. */
  declare tool: "" | Shape["type"];
  declare drawn: Shape | null;
  /** What people drew on the item, and which of it is looked at. */
  declare annotations: readonly Annotation[];
  declare chosen: string;
  #viewer: PixelViewer | null = null;

  constructor() {
    super();
    this.tilejson = null;
    this.opacity = 1;
    this.pinned = null;
    this.swipe = 0.5;
    this.covered = 0;
    this.turn = 0;
    this.flip = false;
    this.tool = "";
    this.drawn = null;
    this.annotations = [];
    this.chosen = "";
  }

  fit(): void {
    this.#viewer?.fit(this.covered);
  }

  zoomTo(resolution: number): void {
    if (this.#viewer) this.#viewer.resolution = resolution;
  }

  retry(): void {
    this.#viewer?.retry();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#viewer?.destroy();
    this.#viewer = null;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("tilejson")) this.#show();
    const viewer = this.#viewer;
    if (viewer && changed.has("flip")) viewer.flipped = this.flip;
    if (viewer && changed.has("turn")) viewer.turn = this.turn;
    viewer?.setOpacity(this.opacity);
    const moved = changed.has("tilejson") || changed.has("flip");
    if (changed.has("pinned") || moved) this.#viewer?.pin(this.pinned);
    this.#viewer?.swipe(this.swipe);
    if (changed.has("drawn") || moved) this.#viewer?.sketch.show(this.drawn);
    if (changed.has("annotations") || changed.has("chosen") || moved)
      this.#viewer?.annotations.show(this.annotations, this.chosen);
    if (changed.has("tool") || (changed.has("tilejson") && this.tool)) {
      this.classList.toggle("map--drawing", this.tool !== "");
      this.#viewer?.sketch.draw(this.tool, this);
    }
  }

  #show(): void {
    this.classList.add("map", "map--pixels");
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    this.setAttribute("aria-label", strings.viewer.pixels);
    if (this.tilejson && this.#viewer?.show(this.tilejson)) return;
    this.#viewer?.destroy();
    this.#viewer = this.tilejson
      ? new PixelViewer(this, this.tilejson, this.covered, (failed) => this.emit("tiles-failed", failed))
      : null;
    if (this.#viewer) {
      this.#viewer.flipped = this.flip;
      this.#viewer.turn = this.turn;
      this.#viewer.turned = (degrees, rests) => this.emit("turn-pixels", { degrees, rests });
      this.#viewer.zoomed = (resolution) => this.emit("zoom-pixels", resolution);
      this.emit("zoom-pixels", this.#viewer.resolution);
    }
    if (this.#viewer) this.#viewer.pointed = (place) => this.emit("point-pixels", place);
  }
}

customElements.define("geo-pixels", GeoPixels);
