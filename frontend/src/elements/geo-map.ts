import type { PropertyValues } from "lit";
import type { Bbox, Item, TileJson } from "../api/stac";
import { extentOf } from "../map/extent";
import { ImageryMap } from "../map/map";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * The map of found items.
 *
 * @fires hover-item with the key of the footprint under the pointer, "" for none
 * @fires select-item with the key of the clicked one
 * @fires box-drawn with the box
 * @fires view-change with centre and zoom, when the map came to rest
 */
export class GeoMap extends LightElement {
  static override properties = {
    items: { attribute: false },
    hovered: { attribute: false },
    selected: { attribute: false },
    tilejson: { attribute: false },
    bbox: { attribute: false },
    drawing: { attribute: false },
    opacity: { attribute: false },
    basemap: {},
  };

  declare items: Item[];
  declare hovered: string;
  declare selected: string;
  declare tilejson: TileJson | null;
  declare bbox: Bbox | null;
  declare drawing: boolean;
  declare opacity: number;
  declare basemap: string;
  /** Where to begin; read once. */
  initialView: MapView | null = null;
  #map: ImageryMap | null = null;

  constructor() {
    super();
    this.items = [];
    this.hovered = "";
    this.selected = "";
    this.tilejson = null;
    this.bbox = null;
    this.drawing = false;
    this.opacity = 1;
    this.basemap = "";
  }

  get view(): ImageryMap | null {
    return this.#map;
  }

  fitItems(): void {
    this.#map?.fitItems(this.items);
  }

  fitBbox(bbox: readonly number[], padding?: readonly number[]): void {
    this.#map?.fit(extentOf(bbox), 400, padding);
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
    const { map, footprints } = this.#map;
    const keyAt = (pixel: number[]) =>
      String(
        map.forEachFeatureAtPixel(pixel, (feature) => feature.getId(), {
          layerFilter: (layer) => layer === footprints.layer,
          hitTolerance: 3,
        }) ?? "",
      );
    map.on("pointermove", (event) => {
      if (event.dragging || this.drawing) return;
      const key = keyAt(event.pixel);
      this.classList.toggle("map--pointing", key !== "");
      if (key !== this.hovered) this.emit("hover-item", key);
    });
    map.on("click", (event) => {
      const key = this.drawing ? "" : keyAt(event.pixel);
      if (key) this.emit("select-item", key);
    });
    map.on("moveend", () => this.emit("view-change", this.#map?.view));
  }

  protected override updated(changed: PropertyValues<this>): void {
    const map = this.#map;
    if (!map) return;
    if (changed.has("items")) map.footprints.show(this.items);
    if (changed.has("hovered") || changed.has("selected")) {
      map.footprints.highlight({ hovered: this.hovered, selected: this.selected });
    }
    if (changed.has("bbox")) map.box.show(this.bbox);
    if (changed.has("tilejson")) map.showImagery(this.tilejson, this.opacity);
    if (changed.has("opacity")) map.setOpacity(this.opacity);
    if (changed.has("drawing")) this.#toggleDrawing(map);
  }

  #toggleDrawing(map: ImageryMap): void {
    this.classList.toggle("map--drawing", this.drawing);
    if (this.drawing) map.box.start(map.map, (bbox) => this.emit("box-drawn", bbox));
    else map.box.stop(map.map);
  }
}

customElements.define("geo-map", GeoMap);
