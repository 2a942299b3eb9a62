/** What people draw to measure or to ask about: one point, line or polygon, on the map or in pixel space. */
import Feature from "ol/Feature";
import GeoJSON from "ol/format/GeoJSON";
import type { Geometry } from "ol/geom";
import Draw from "ol/interaction/Draw";
import VectorLayer from "ol/layer/Vector";
import type OlMap from "ol/Map";
import VectorSource from "ol/source/Vector";
import { Circle, Fill, Stroke, Style } from "ol/style";
import { mapColors } from "./colors";

export type Shape =
  | { type: "Point"; coordinates: [number, number] }
  | { type: "LineString"; coordinates: [number, number][] }
  | { type: "Polygon"; coordinates: [number, number][][] };

/** Pixel space, and the width about which it is mirrored; 0 where it is not. */
export interface PixelAxes {
  mirror: number;
}

const geojson = new GeoJSON();

function style(): Style[] {
  const { highlight } = mapColors();
  const halo = "rgba(255,255,255,0.85)";
  const image = new Circle({
    radius: 5,
    fill: new Fill({ color: highlight }),
    stroke: new Stroke({ color: halo, width: 2 }),
  });
  return [
    new Style({ stroke: new Stroke({ color: halo, width: 4.5 }) }),
    new Style({ stroke: new Stroke({ color: highlight, width: 2.25 }), image }),
  ];
}

export class Sketch {
  readonly #source = new VectorSource();
  readonly layer = new VectorLayer({ source: this.#source, zIndex: 20, className: "sketch", style: style() });
  readonly #map: OlMap;
  readonly #pixels: PixelAxes | null;
  #draw: Draw | null = null;

  constructor(map: OlMap, pixels: PixelAxes | null = null) {
    this.#map = map;
    this.#pixels = pixels;
    map.addLayer(this.layer);
  }

  recolor(): void {
    this.layer.setStyle(style());
  }

  show(shape: Shape | null): void {
    this.#source.clear(true);
    if (!shape) return;
    const geometry = geojson.readGeometry(shape) as Geometry;
    this.#source.addFeature(new Feature(turned(geometry, this.#pixels, true)));
  }

  /** `changed` hears the shape as it is drawn, `done` the whole one. */
  start(type: Shape["type"], changed: (shape: Shape) => void, done: (shape: Shape) => void): void {
    this.stop();
    this.#source.clear(true);
    const draw = new Draw({ type, style: style() });
    draw.on("drawstart", ({ feature }) => {
      feature.getGeometry()?.on("change", ({ target }) => changed(this.#shape(target as Geometry)));
    });
    draw.on("drawend", ({ feature }) => {
      const geometry = feature.getGeometry();
      if (geometry) done(this.#shape(geometry));
    });
    this.#map.addInteraction(draw);
    this.#draw = draw;
  }

  /** Draws with a tool, and tells the element's listeners; an empty one ends that. */
  draw(tool: "" | Shape["type"], element: Element): void {
    const tell = (name: string) => (detail: Shape) =>
      element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true }));
    // A click beyond the double click would begin the next shape before anyone asked for it.
    const done = tell("shape-drawn");
    if (tool) this.start(tool, tell("shape-changed"), (shape) => window.setTimeout(() => done(shape)));
    else this.stop();
  }

  stop(): void {
    if (this.#draw) this.#map.removeInteraction(this.#draw);
    this.#draw = null;
  }

  #shape(geometry: Geometry): Shape {
    return geojson.writeGeometryObject(turned(geometry.clone(), this.#pixels, false), {
      decimals: 7,
    }) as Shape;
  }
}

/** Between the view's coordinates and degrees; or pixels, whose rows count downwards. */
export function turned(geometry: Geometry, pixels: PixelAxes | null, inward: boolean): Geometry {
  if (pixels)
    geometry.applyTransform((input, output, dimension) => flipped(pixels, input, output, dimension));
  else if (inward) geometry.transform("EPSG:4326", "EPSG:3857");
  else geometry.transform("EPSG:3857", "EPSG:4326");
  return geometry;
}

function flipped({ mirror }: PixelAxes, input: number[], output: number[] = [], dimension = 2): number[] {
  for (let at = 0; at < input.length; at += dimension) {
    const x = input[at] ?? 0;
    output[at] = mirror ? mirror - x : x;
    output[at + 1] = -(input[at + 1] ?? 0);
  }
  return output;
}
