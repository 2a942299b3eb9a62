import { html, nothing } from "lit";
import type { Bbox } from "../api/stac";
import { itemPageUrl } from "../api/stac";
import { strings } from "../strings";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import { LightElement } from "./light";

/** All items of a `collection` on a small map, as vector tiles; `bbox` is where they lie, as JSON. */
export class GeoFootprints extends LightElement {
  static override properties = { collection: {}, bbox: {}, basemap: {}, hovered: { state: true } };

  declare collection: string;
  declare bbox: string;
  declare basemap: string;
  declare hovered: string;

  constructor() {
    super();
    this.collection = "";
    this.bbox = "";
    this.basemap = "";
    this.hovered = "";
  }

  protected override render() {
    const query = new URLSearchParams({ collections: this.collection }).toString();
    return html`<geo-map .scenes=${query} .hovered=${this.hovered} basemap=${this.basemap || nothing}
      aria-label=${strings.viewer.footprints}
      @hover-item=${(event: CustomEvent<string>) => {
        this.hovered = event.detail;
      }}
      @select-stack=${({ detail }: CustomEvent<{ keys: string[] }>) => this.#visit(detail.keys[0] ?? "")}
      @select-item=${(event: CustomEvent<string>) => this.#visit(event.detail)}></geo-map>`;
  }

  protected override async firstUpdated(): Promise<void> {
    const map = this.querySelector<GeoMap>("geo-map");
    await map?.updateComplete;
    if (this.bbox) map?.fitBbox(JSON.parse(this.bbox) as Bbox);
  }

  #visit(key: string): void {
    const id = key.slice(this.collection.length + 1);
    if (id) window.location.assign(itemPageUrl({ collection: this.collection, id }));
  }
}

customElements.define("geo-footprints", GeoFootprints);
