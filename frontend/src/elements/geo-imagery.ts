import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { isPixelSpace, placeOf } from "../map/tiles";
import { ImageryController } from "../state/imagery";
import { strings } from "../strings";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import "./geo-pixels";
import { LightElement } from "./light";

/** One asset's imagery, wherever it lies: on the map or in pixel space. `src` is its TileJSON. */
export class GeoImagery extends LightElement {
  static override properties = { src: {}, basemap: {} };

  declare src: string;
  declare basemap: string;
  readonly #imagery = new ImageryController(this);

  constructor() {
    super();
    this.src = "";
    this.basemap = "";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("src")) void this.#load();
  }

  protected override render() {
    const { status, tilejson, message } = this.#imagery;
    if (status === "error") {
      return html`<div class="empty empty--error" role="alert">
        <p class="empty__title">${strings.drawer.tilesFailed}</p>
        <p>${message}</p>
        <button type="button" class="button" @click=${() => this.#load()}>${strings.retry}</button>
      </div>`;
    }
    if (!tilejson) return html`<p class="stage__message" role="status">${strings.viewer.loading}</p>`;
    if (isPixelSpace(tilejson)) return html`<geo-pixels .tilejson=${tilejson}></geo-pixels>`;
    return html`<geo-map .tilejson=${tilejson} basemap=${this.basemap || nothing}></geo-map>`;
  }

  async #load(): Promise<void> {
    await this.#imagery.load(this.src || undefined);
    // The still that the server rendered has done its service.
    if (this.#imagery.status === "ready") this.querySelector(".viewer__still")?.remove();
    await this.updateComplete;
    const { tilejson } = this.#imagery;
    const bbox = tilejson && placeOf(tilejson);
    const map = this.querySelector<GeoMap>("geo-map");
    await map?.updateComplete;
    if (bbox) map?.fitBbox(bbox);
  }
}

customElements.define("geo-imagery", GeoImagery);
