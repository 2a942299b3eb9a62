/** Layers of which a part of the map's width is drawn. */
import type TileLayer from "ol/layer/Tile";
import type OlMap from "ol/Map";
import { getRenderPixel } from "ol/render";
import type ImageTile from "ol/source/ImageTile";

/** `part` gives the parts of the width between which the layer shows, null for all of it. */
export function clipTo(
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
