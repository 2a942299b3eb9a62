import { html, nothing } from "lit";
import { strings } from "../strings";
import { LightElement } from "./light";

/** A date's year is typed digit by digit, and each makes a valid date: wait for the last. */
const SETTLED_MILLISECONDS = 700;
const OLDEST = "1000-01-01";

/**
 * The first and the last day of a search.
 *
 * @fires dates-change once with what changed, when typing came to rest or moved on
 */
export class GeoDates extends LightElement {
  static override properties = { from: {}, to: {}, disordered: { state: true } };

  declare from: string;
  declare to: string;
  declare disordered: boolean;
  #timer = 0;

  constructor() {
    super();
    this.from = "";
    this.to = "";
    this.disordered = false;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.#timer);
  }

  protected override render() {
    const text = strings.filters;
    return html`<fieldset class="field dates" @keydown=${this.#enter}>
      <legend class="visually-hidden">${text.dates}</legend>
      <div class="row">
        ${this.#day("from", text.from)}
        <span class="muted" aria-hidden="true">–</span>
        ${this.#day("to", text.to)}
      </div>
      ${this.disordered ? html`<p class="error-text" role="alert">${text.invalidDates}</p>` : nothing}
    </fieldset>`;
  }

  #day(name: "from" | "to", label: string) {
    return html`<label class="grow">
      <span class="visually-hidden">${label}</span>
      <input class="input" type="date" name=${name} .value=${this[name]} title=${label} @change=${this.#later} @blur=${this.#apply} />
    </label>`;
  }

  readonly #later = (): void => {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(this.#apply, SETTLED_MILLISECONDS);
  };

  readonly #enter = (event: KeyboardEvent): void => {
    if (event.key === "Enter") this.#apply();
  };

  readonly #apply = (): void => {
    window.clearTimeout(this.#timer);
    const [from = "", to = ""] = [...this.querySelectorAll("input")].map(({ value }) => value);
    if ([from, to].some((day) => day !== "" && day < OLDEST)) return;
    this.disordered = from !== "" && to !== "" && from > to;
    if (this.disordered || (from === this.from && to === this.to)) return;
    this.emit("dates-change", { from, to });
  };
}

customElements.define("geo-dates", GeoDates);
