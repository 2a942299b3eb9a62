import { html } from "lit";
import { strings } from "../strings";
import { LightElement } from "./light";
import "./geo-swatch";

const COLORMAPS =
  "viridis magma inferno cividis turbo gray terrain cmc.batlow rdylgn rdbu_r spectral_r ylgnbu cmo.thermal blues".split(
    " ",
  );

/**
 * Colour maps to choose from, as their colours.
 *
 * @fires colormap-change with the name, empty for gray
 */
export class GeoColormaps extends LightElement {
  static override properties = { value: {} };

  declare value: string;

  constructor() {
    super();
    this.value = "";
  }

  protected override render() {
    const text = strings.render;
    // One that an address names stays to be seen.
    const names = ["", ...COLORMAPS, ...(COLORMAPS.includes(this.value) || !this.value ? [] : [this.value])];
    return html`<fieldset class="field">
      <legend class="field__label">${text.colors}</legend>
      <div class="swatches">
        ${names.map(
          (name) => html`<button type="button" class="swatch" data-colormap=${name} title=${name || text.gray}
            aria-label=${name || text.gray} aria-pressed=${name === this.value ? "true" : "false"}
            @click=${() => this.emit("colormap-change", name)}><geo-swatch name=${name || "gray"}></geo-swatch></button>`,
        )}
      </div>
    </fieldset>`;
  }
}

customElements.define("geo-colormaps", GeoColormaps);
