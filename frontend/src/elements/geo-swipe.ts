import { html } from "lit";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * The handle between two images, which pointer and arrow keys move, and what lies at either side.
 *
 * @fires swipe-change with the part of the width at the left
 * @fires unpin
 */
export class GeoSwipe extends LightElement {
  static override properties = { value: { attribute: false }, left: {}, right: {} };

  declare value: number;
  declare left: string;
  declare right: string;

  constructor() {
    super();
    this.value = 0.5;
    this.left = "";
    this.right = "";
  }

  protected override render() {
    const text = strings.compare;
    return html`<input class="swipe" type="range" min="0" max="1000" step="5" .value=${String(this.value * 1000)} aria-label=${text.handle}
        aria-valuetext=${text.part(this.value)}
        @input=${(event: Event) => this.emit("swipe-change", Number((event.target as HTMLInputElement).value) / 1000)} />
      <p class="swipe__sides"><span>${this.left}</span>
        <button type="button" class="link" @click=${() => this.emit("unpin")}>${text.end}</button>
        <span>${this.right}</span></p>`;
  }
}

customElements.define("geo-swipe", GeoSwipe);
