import type { PropertyValues } from "lit";
import type { Annotation } from "../api/annotations";
import type { Area, Bbox, Item, TileJson } from "../api/stac";
import { centerOf, extentOf } from "../map/extent";
import { ImageryMap } from "../map/map";
import type { Shape } from "../map/sketch";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * The map of found items.
 *
 * @fires hover-item with the key of the footprint under the pointer, "" for none
 * @fires select-item with the key of the clicked one
 * @fires select-stack with the keys of several that lie there, and where that is on the map
 * @fires ask-map with the clicked place, where `asking`
 * @fires point-map with the place under the pointer, null when it left
 * @fires tiles-failed with the number of tiles that could not be had
 * @fires shape-changed, shape-drawn with what is drawn to measure
 * @fires box-drawn with the box
 * @fires view-change with centre and zoom, when the map came to rest
 */
export class GeoMap extends LightElement {
  static override properties = {
    items: { attribute: false },
    scenes: { attribute: false },
    hovered: { attribute: false },
    selected: { attribute: false },
    tilejson: { attribute: false },
    bbox: { attribute: false },
    area: { attribute: false },
    drawing: { attribute: false },
    opacity: { attribute: false },
    pinned: { attribute: false },
    swipe: { attribute: false },
    asking: { attribute: false },
    marked: { attribute: false },
    tool: {},
    drawn: { attribute: false },
    annotations: { attribute: false },
    chosen: {},
    basemap: {},
  };

  declare items: Item[];
  /** Filters of all that is outlined, in an address' query; null for the items alone. */
  declare scenes: string | null;
  declare hovered: string;
  declare selected: string;
  declare tilejson: TileJson | null;
  declare bbox: Bbox | null;
  declare area: Area | null;
  declare drawing: boolean;
  declare opacity: number;
  /** Imagery to compare with, at the left of `swipe`, a part of the width. */
  declare pinned: TileJson | null;
  declare swipe: number;
  /** Whether a click asks about the place rather than choosing what lies there. */
  declare asking: boolean;
  declare marked: { lon: number; lat: number } | null;
  /** What is drawn now, and what was. */
  declare tool: "" | Shape["type"];
  declare drawn: Shape | null;
  /** What people drew on the item, and which of it is looked at. */
  declare annotations: readonly Annotation[];
  declare chosen: string;
  declare basemap: string;
  /** Where to begin; read once. */
  initialView: MapView | null = null;
  #map: ImageryMap | null = null;

  constructor() {
    super();
    this.items = [];
    this.scenes = null;
    this.hovered = "";
    this.selected = "";
    this.tilejson = null;
    this.bbox = null;
    this.area = null;
    this.drawing = false;
    this.opacity = 1;
    this.pinned = null;
    this.swipe = 0.5;
    this.asking = false;
    this.marked = null;
    this.tool = "";
    this.drawn = null;
    this.annotations = [];
    this.chosen = "";
    this.basemap = "";
  }

  get view(): ImageryMap | null {
    return this.#map;
  }

  fitItems(): void {
    this.#map?.fitItems(this.items);
  }

  /** The area that is searched. */
  fitArea(): void {
    if (this.#map) this.#map.fit(this.#map.box.extent);
  }

  fitBbox(bbox: readonly number[], padding?: readonly number[]): void {
    this.#map?.fit(extentOf(bbox), 400, padding);
  }

  /** To where the imagery is drawn, in its middle. */
  zoomTo({ bounds, minzoom }: TileJson): void {
    const map = this.#map;
    if (!map) return;
    const [west, south, east, north] = bounds ?? map.bbox;
    const inside =
      bounds && (map.view.lon < west || map.view.lon > east || map.view.lat < south || map.view.lat > north);
    const center = inside ? { lon: (west + east) / 2, lat: (south + north) / 2 } : map.view;
    map.view = { lon: center.lon, lat: center.lat, zoom: minzoom };
  }

  goTo({ lon, lat }: { lon: number; lat: number }, zoom: number): void {
    const map = this.#map;
    if (map) map.view = { lon, lat, zoom: Math.max(zoom, map.view.zoom) };
  }

  /** Asks again for the imagery's tiles. */
  retry(): void {
    this.#map?.retryImagery();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#map?.destroy();
    this.#map = null;
  }

  protected override firstUpdated(): void {
    this.classList.add("map");
    this.tabIndex = 0;
    this.setAttribute("role", "application");
    if (!this.hasAttribute("aria-label")) this.setAttribute("aria-label", strings.viewer.map);
    this.#map = new ImageryMap(this, { basemap: this.basemap, view: this.initialView });
    const { map } = this.#map;
    this.#map.tilesFailed = (failed: number) => this.emit("tiles-failed", failed);
    map.on("pointermove", (event) => {
      if (event.dragging || this.drawing || this.tool) return;
      this.emit("point-map", centerOf(event.coordinate));
      const key = this.#map?.keysAt(event.pixel)[0] ?? "";
      this.classList.toggle("map--pointing", key !== "");
      if (key !== this.hovered) this.emit("hover-item", key);
    });
    this.addEventListener("pointerleave", () => this.emit("point-map", null));
    map.on("click", (event) => {
      if (this.tool) return;
      if (this.asking && !this.drawing) {
        this.emit("ask-map", centerOf(event.coordinate));
        return;
      }
      const keys = this.drawing ? [] : (this.#map?.keysAt(event.pixel) ?? []);
      if (keys.length > 1) this.emit("select-stack", { keys, pixel: event.pixel });
      else if (keys[0]) this.emit("select-item", keys[0]);
    });
    map.on("moveend", () => this.emit("view-change", this.#map?.view));
  }

  protected override updated(changed: PropertyValues<this>): void {
    const map = this.#map;
    if (!map) return;
    if (changed.has("items")) map.footprints.show(this.items);
    if (changed.has("scenes")) map.scenes.show(this.scenes);
    if (changed.has("hovered") || changed.has("selected")) {
      map.footprints.highlight({ hovered: this.hovered, selected: this.selected });
      map.scenes.highlight([this.hovered, this.selected]);
    }
    if (changed.has("bbox") || changed.has("area")) map.box.show(this.bbox, this.area);
    if (changed.has("tilejson")) map.showImagery(this.tilejson, this.opacity);
    if (changed.has("pinned")) map.pin(this.pinned);
    if (changed.has("swipe")) map.swipe(this.swipe);
    if (changed.has("opacity")) map.setOpacity(this.opacity);
    if (changed.has("marked") || changed.has("drawn")) {
      const { marked } = this;
      map.sketch.show(this.drawn ?? (marked && { type: "Point", coordinates: [marked.lon, marked.lat] }));
    }
    if (changed.has("annotations") || changed.has("chosen"))
      map.annotations.show(this.annotations, this.chosen);
    if (changed.has("tool")) {
      this.classList.toggle("map--drawing", this.tool !== "");
      map.sketch.draw(this.tool, this);
    }
    if (changed.has("drawing")) this.#toggleDrawing(map);
  }

  #toggleDrawing(map: ImageryMap): void {
    this.classList.toggle("map--drawing", this.drawing);
    if (this.drawing) map.box.start(map.map, (bbox) => this.emit("box-drawn", bbox));
    else map.box.stop(map.map);
  }
}

customElements.define("geo-map", GeoMap);
