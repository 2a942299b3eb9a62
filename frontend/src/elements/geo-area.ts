import { html, nothing } from "lit";
import type { Bbox } from "../api/stac";
import { validBbox } from "../state/url";
import { strings } from "../strings";
import { LightElement } from "./light";

const SIDES = ["west", "south", "east", "north"] as const;

/**
 * The area of a search: drawn, taken from the map, or typed as four numbers.
 *
 * @fires area-change with the box, or null
 * @fires area-file with a file of polygons
 * @fires draw-toggle
 * @fires use-map
 */
export class GeoArea extends LightElement {
  static override properties = {
    value: { attribute: false },
    drawing: { type: Boolean },
    invalid: { state: true },
  };

  declare value: Bbox | null;
  declare drawing: boolean;
  declare invalid: boolean;

  constructor() {
    super();
    this.value = null;
    this.drawing = false;
    this.invalid = false;
  }

  protected override render() {
    const text = strings.filters;
    return html`
      <fieldset class="field">
        <legend class="visually-hidden">${text.area}</legend>
        <div class="row row--wrap area-row">
          <button type="button" class="button button--small" aria-pressed=${this.drawing ? "true" : "false"}
            data-action="draw" @click=${() => this.emit("draw-toggle")}>
            ${this.drawing ? text.cancel : text.draw}
          </button>
          <button type="button" class="button button--small" data-action="use-map"
            @click=${() => this.emit("use-map")}>${text.useMap}</button>
          <label class="button button--small area-file" title=${text.fileHint}>${text.file}
            <input type="file" class="visually-hidden" accept=".geojson,.json,.kml" data-action="area-file" @change=${this.#take} /></label>
          <span class="hint" aria-live="polite">${this.drawing ? text.drawing : nothing}</span>
        <details class="disclosure">
          <summary>${text.numbers}</summary>
          <form class="area-numbers" novalidate @submit=${this.#apply}>
            ${SIDES.map(
              (side, index) => html`<label class="area-numbers__side">
                <span>${text[side]}</span>
                <input class="input" name=${side} inputmode="decimal" autocomplete="off"
                  .value=${this.value ? String(this.value[index]) : ""} aria-invalid=${this.invalid ? "true" : "false"} />
              </label>`,
            )}
            <button class="button button--small">${text.apply}</button>
            ${this.invalid ? html`<p class="error-text" role="alert">${text.invalidBox}</p>` : nothing}
          </form>
        </details>
        </div>
      </fieldset>
    `;
  }

  readonly #take = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    const [file] = input.files ?? [];
    if (file) this.emit("area-file", file);
    input.value = "";
  };

  #apply(event: SubmitEvent): void {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const texts = SIDES.map((side) => String(data.get(side) ?? "").trim());
    if (texts.every((text) => text === "")) {
      this.invalid = false;
      this.emit("area-change", null);
      return;
    }
    const box = texts.some((text) => text === "") ? null : validBbox(texts.map(Number));
    this.invalid = box === null;
    if (box) this.emit("area-change", box);
  }
}

customElements.define("geo-area", GeoArea);
