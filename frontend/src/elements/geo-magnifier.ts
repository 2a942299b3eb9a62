import { html, nothing } from "lit";
import type { Item } from "../api/stac";
import { magnifications, scaleOf } from "../map/scale";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * A slide's scale bar in micrometres, and its objective's powers as buttons.
 *
 * @fires resolution-change with image pixels to a screen pixel
 * @fires show-whole
 */
export class GeoMagnifier extends LightElement {
  static override properties = { item: { attribute: false }, resolution: { attribute: false } };

  declare item: Item | null;
  /** Image pixels to a screen pixel. */
  declare resolution: number;

  constructor() {
    super();
    this.item = null;
    this.resolution = 1;
  }

  /** By property: the page's policy allows no style attributes. */
  protected override updated(): void {
    const bar = this.querySelector<HTMLElement>(".pixel-scale");
    if (bar) bar.style.width = `${this.#scale?.width ?? 0}px`;
  }

  get #scale() {
    const size = this.item?.properties["geodata:pixel_size"];
    return Array.isArray(size) ? scaleOf(Number(size[0]) * this.resolution) : null;
  }

  protected override render() {
    const text = strings.viewer;
    const objective = this.item?.properties["geodata:magnification"];
    const scale = this.#scale;
    const power = typeof objective === "number" && objective > 0 ? objective : 0;
    return html`${
      scale
        ? html`<div class="pixel-scale" role="img" aria-label=${text.scale(scale.label)}>${scale.label}</div>`
        : nothing
    }
      <div class="segmented row pixel-powers" role="group" aria-label=${text.magnification}>
        <button type="button" class="button button--small" data-power="whole" @click=${() => this.emit("show-whole")}>${text.whole}</button>
        ${(power ? magnifications(power) : []).map((factor) => {
          const resolution = power / factor;
          const near = Math.abs(this.resolution / resolution - 1) < 0.02;
          return html`<button type="button" class="button button--small" data-power=${factor} aria-pressed=${near ? "true" : "false"}
            @click=${() => this.emit("resolution-change", resolution)}>${text.times(factor)}</button>`;
        })}
      </div>`;
  }
}

customElements.define("geo-magnifier", GeoMagnifier);
