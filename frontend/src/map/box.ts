/** The box that a search is limited to: drawn with the mouse, and shown. */
import { createEmpty, type Extent } from "ol/extent";
import Feature from "ol/Feature";
import MultiPolygon from "ol/geom/MultiPolygon";
import { fromExtent } from "ol/geom/Polygon";
import Draw, { createBox } from "ol/interaction/Draw";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { type Area, areaGeometry, type Bbox } from "../api/stac";
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

function areaPolygons(area: Area): MultiPolygon {
  return new MultiPolygon(areaGeometry(area).coordinates).transform("EPSG:4326", "EPSG:3857") as MultiPolygon;
}

export class SearchBox {
  readonly #source = new VectorSource();
  readonly layer = new VectorLayer({ source: this.#source, zIndex: 9, style: boxStyle() });
  #draw: Draw | null = null;

  show(bbox: Bbox | null, area: Area | null = null): void {
    this.#source.clear(true);
    if (area) this.#source.addFeature(new Feature(areaPolygons(area)));
    else if (bbox) this.#source.addFeature(new Feature(fromExtent(extentOf(bbox))));
  }

  get extent(): Extent {
    return this.#source.getExtent() ?? createEmpty();
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
