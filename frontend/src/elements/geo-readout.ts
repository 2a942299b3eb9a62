import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { fetchValues, type Values } from "../api/imagery";
import { Latest } from "../api/latest";
import type { Item } from "../api/stac";
import { bandsOf, short } from "../state/bands";
import { imageryUrl, NO_STYLE, type Style } from "../state/style";
import { LightElement } from "./light";

/** The pointer rests so long before the server is asked. */
const REST_MILLISECONDS = 120;
const SHOWN = 10;

export interface Pointed {
  /** Degrees, or pixels from an image's upper left corner. */
  x: number;
  y: number;
  pixels: boolean;
}

/** The place under the pointer, and the values of all bands there. */
export class GeoReadout extends LightElement {
  static override properties = {
    item: { attribute: false },
    value: { attribute: false },
    pointed: { attribute: false },
    found: { state: true },
  };

  declare item: Item | null;
  declare value: Style;
  declare pointed: Pointed | null;
  declare found: Values | null;
  #timer = 0;
  readonly #latest = new Latest();

  constructor() {
    super();
    this.item = null;
    this.value = NO_STYLE;
    this.pointed = null;
    this.found = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("pointed") && !changed.has("item")) return;
    this.#stop();
    if (!this.pointed || !this.item || changed.has("item")) this.found = null;
    if (this.pointed && this.item) this.#timer = window.setTimeout(() => void this.#ask(), REST_MILLISECONDS);
  }

  protected override render() {
    const { pointed, found } = this;
    if (!pointed) return nothing;
    const place = pointed.pixels
      ? `${Math.floor(pointed.x)}, ${Math.floor(pointed.y)}`
      : `${pointed.y.toFixed(4)}, ${pointed.x.toFixed(4)}`;
    return html`<p class="readout"><span class="readout__place">${place}</span>
      ${found?.values.slice(0, SHOWN).map((value, at) => html`<span class="readout__value"><b>${this.#name(at)}</b> ${value === null ? "–" : short(value)}</span>`)}
      ${found && found.values.length > SHOWN ? html`<span>+${found.values.length - SHOWN}</span>` : nothing}
    </p>`;
  }

  #name(at: number): string {
    const names = this.item && !this.value.assets.length ? bandsOf(this.item) : [];
    return names.length === this.found?.values.length
      ? (names[at]?.name ?? "")
      : (this.found?.band_names[at] ?? "");
  }

  #stop(): void {
    window.clearTimeout(this.#timer);
    this.#latest.stop();
  }

  async #ask(): Promise<void> {
    const { pointed, item } = this;
    if (!pointed || !item) return;
    const part = pointed.pixels ? "data/pixel" : `data/point/${pointed.x.toFixed(6)},${pointed.y.toFixed(6)}`;
    const url = imageryUrl(item, { ...NO_STYLE, assets: this.value.assets, planes: this.value.planes }, part);
    if (!url) return;
    const address = new URL(url);
    if (pointed.pixels) {
      address.searchParams.set("left", String(Math.floor(pointed.x)));
      address.searchParams.set("top", String(Math.floor(pointed.y)));
    }
    await this.#latest.ask(
      (signal) => fetchValues(address.href, signal),
      (found) => {
        this.found = found;
      },
      () => {
        // Beside the image, or not to be read: then there is no value.
        this.found = null;
      },
    );
  }
}

customElements.define("geo-readout", GeoReadout);
