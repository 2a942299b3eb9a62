import { html, nothing } from "lit";
import { requestJson } from "../api/http";
import type { Item, ItemPage } from "../api/stac";
import { itemPageUrl } from "../api/stac";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import { LightElement } from "./light";

/** A collection's items on a small map. `src` is a STAC items page, `bbox` what to show meanwhile. */
export class GeoFootprints extends LightElement {
  static override properties = { src: {}, basemap: {}, items: { state: true }, hovered: { state: true } };

  declare src: string;
  declare basemap: string;
  declare items: Item[];
  declare hovered: string;

  constructor() {
    super();
    this.src = "";
    this.basemap = "";
    this.items = [];
    this.hovered = "";
  }

  protected override render() {
    return html`<geo-map .items=${this.items} .hovered=${this.hovered} basemap=${this.basemap || nothing}
      @hover-item=${(event: CustomEvent<string>) => {
        this.hovered = event.detail;
      }}
      @select-item=${(event: CustomEvent<string>) => this.#visit(event.detail)}></geo-map>`;
  }

  protected override async firstUpdated(): Promise<void> {
    const page = await requestJson<ItemPage>(this.src).catch(() => null);
    this.items = page?.features ?? [];
    await this.updateComplete;
    const map = this.querySelector<GeoMap>("geo-map");
    await map?.updateComplete;
    map?.fitItems();
  }

  #visit(key: string): void {
    const item = this.items.find(({ collection, id }) => `${collection}/${id}` === key);
    if (item) window.location.assign(itemPageUrl(item));
  }
}

customElements.define("geo-footprints", GeoFootprints);
