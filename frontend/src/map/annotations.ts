/** What people drew on an item, on the map or in pixel space. */
import Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import type { Geometry } from "ol/geom";
import { Point } from "ol/geom";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import type { Annotation } from "../api/annotations";
import { type PixelAxes, turned } from "./sketch";

const geojson = new GeoJSON();
const HALO = "rgba(255,255,255,0.9)";
/** Beside the map's drawer; of a view in pixel space that knows what covers it, nothing more. */
const PADDING = { map: [80, 420, 120, 80], pixels: [80, 40, 120, 80] };

function styleOf(color: string, chosen: boolean): Style[] {
  const width = chosen ? 4 : 2;
  const image = new Circle({
    radius: chosen ? 8 : 5.5,
    fill: new Fill({ color }),
    stroke: new Stroke({ color: HALO, width: 2 }),
  });
  return [
    new Style({ stroke: new Stroke({ color: HALO, width: width + 2 }), zIndex: chosen ? 1 : 0 }),
    new Style({
      stroke: new Stroke({ color, width }),
      fill: new Fill({ color: `${color}26` }),
      image,
      zIndex: chosen ? 1 : 0,
    }),
  ];
}

export class Annotations {
  readonly #source = new VectorSource();
  readonly #map: OlMap;
  readonly #pixels: PixelAxes | null;
  #chosen = "";

  constructor(map: OlMap, pixels: PixelAxes | null = null) {
    this.#map = map;
    this.#pixels = pixels;
    map.addLayer(new VectorLayer({ source: this.#source, zIndex: 18, className: "annotations" }));
  }

  /** The chosen one is drawn boldly, and moved to when it becomes so. */
  show(list: readonly Annotation[], chosen: string): void {
    this.#source.clear(true);
    this.#source.addFeatures(
      list.map(({ id, geometry, properties }) => {
        const shape = turned(geojson.readGeometry(geometry) as Geometry, this.#pixels, true);
        const feature = new Feature(shape);
        feature.setId(id);
        feature.setStyle(styleOf(properties.color, id === chosen));
        return feature;
      }),
    );
    if (chosen !== this.#chosen) this.#moveTo(chosen);
    this.#chosen = chosen;
  }

  #moveTo(id: string): void {
    const shape = this.#source.getFeatureById(id)?.getGeometry();
    if (!shape) return;
    const view = this.#map.getView();
    const [width = 0] = this.#map.getSize() ?? [];
    const padding = width > 900 ? PADDING[this.#pixels ? "pixels" : "map"] : [40, 40, 40, 40];
    // A point has no size to fit: it is looked at as closely as before.
    const closest = shape instanceof Point ? { minResolution: view.getResolution() ?? 1 } : {};
    view.fit(shape.getExtent(), { padding, ...closest });
  }
}
