/** Two layers side by side: each is drawn in a part of the map's width. */
import type TileLayer from "ol/layer/Tile";
import type OlMap from "ol/Map";
import { getRenderPixel } from "ol/render";
import type ImageTile from "ol/source/ImageTile";

/** What a map shows at the left beside its own imagery, up to a part of its width. */
export class Swipe {
  readonly #map: OlMap;
  #pinned: TileLayer<ImageTile> | null = null;
  #part = 0.5;

  constructor(map: OlMap) {
    this.#map = map;
  }

  /** Has the map's own imagery give way to what is pinned. */
  beside(layer: TileLayer<ImageTile>): void {
    clipTo(layer, this.#map, () => (this.#pinned ? [this.#part, 1] : null));
  }

  /** Shows a layer at the left; null takes it away. */
  pin(layer: TileLayer<ImageTile> | null): void {
    if (this.#pinned) this.#map.removeLayer(this.#pinned);
    this.#pinned = layer;
    if (!layer) return;
    layer.setZIndex(6);
    clipTo(layer, this.#map, () => [0, this.#part]);
    this.#map.addLayer(layer);
  }

  move(part: number): void {
    this.#part = part;
    this.#map.render();
  }
}

/** `part` gives the parts of the width between which the layer shows, null for all of it. */
function clipTo(
  layer: TileLayer<ImageTile>,
  map: OlMap,
  part: () => [from: number, to: number] | null,
): void {
  let clipped = false;
  layer.on("prerender", (event) => {
    const ends = part();
    const context = event.context as CanvasRenderingContext2D;
    const [width = 0, height = 0] = map.getSize() ?? [];
    clipped = ends !== null;
    if (!ends) return;
    const corners = [
      [ends[0] * width, 0],
      [ends[1] * width, 0],
      [ends[1] * width, height],
      [ends[0] * width, height],
    ].map((corner) => getRenderPixel(event, corner));
    context.save();
    context.beginPath();
    corners.forEach(([x = 0, y = 0], at) => {
      if (at) context.lineTo(x, y);
      else context.moveTo(x, y);
    });
    context.closePath();
    context.clip();
  });
  layer.on("postrender", (event) => {
    if (clipped) (event.context as CanvasRenderingContext2D).restore();
  });
}
