/** The box that a search is limited to: drawn with the mouse, and shown. */
import Feature from "ol/Feature";
import { fromExtent } from "ol/geom/Polygon";
import Draw, { createBox } from "ol/interaction/Draw";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import type { Bbox } from "../api/stac";
import { mapColors } from "./colors";
import { bboxOf, extentOf } from "./extent";

function boxStyle(): Style {
  const color = mapColors().box;
  return new Style({
    stroke: new Stroke({ color, width: 2, lineDash: [6, 5] }),
    fill: new Fill({ color: "rgba(0,0,0,0.03)" }),
    image: new Circle({ radius: 5, fill: new Fill({ color }) }),
  });
}

export class SearchBox {
  readonly #source = new VectorSource();
  readonly layer = new VectorLayer({ source: this.#source, zIndex: 9, style: boxStyle() });
  #draw: Draw | null = null;

  show(bbox: Bbox | null): void {
    this.#source.clear(true);
    if (bbox) this.#source.addFeature(new Feature(fromExtent(extentOf(bbox))));
  }

  recolor(): void {
    this.layer.setStyle(boxStyle());
  }

  /** One box from two clicks; then drawing is over. */
  start(map: OlMap, done: (bbox: Bbox) => void): void {
    this.stop(map);
    const draw = new Draw({ type: "Circle", geometryFunction: createBox(), style: boxStyle() });
    draw.on("drawend", (event) => {
      const extent = event.feature.getGeometry()?.getExtent();
      if (extent) done(bboxOf(extent));
    });
    map.addInteraction(draw);
    this.#draw = draw;
  }

  stop(map: OlMap): void {
    if (this.#draw) map.removeInteraction(this.#draw);
    this.#draw = null;
  }
}
