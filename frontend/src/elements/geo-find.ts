import { html } from "lit";
import { parsePlace } from "../state/place";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * The one box: words that items have, or coordinates to go to.
 *
 * @fires find-text with the words
 * @fires find-place with the place
 */
export class GeoFind extends LightElement {
  static override properties = { value: {} };

  declare value: string;

  constructor() {
    super();
    this.value = "";
  }

  protected override render() {
    const text = strings.find;
    return html`<form class="find" role="search" @submit=${this.#submit}>
      <svg width="17" height="17" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><circle cx="11" cy="11" r="6.5"/><path d="m16 16 4.5 4.5"/></svg>
      <label class="visually-hidden" for="find">${text.label}</label>
      <input class="input" type="search" id="find" name="q" autocomplete="off" spellcheck="false" enterkeyhint="search"
        placeholder=${text.placeholder} .value=${this.value} @change=${this.#submit} @search=${this.#submit} />
    </form>`;
  }

  readonly #submit = (event: Event): void => {
    event.preventDefault();
    const text = this.querySelector("input")?.value.trim() ?? "";
    const place = parsePlace(text);
    if (place) this.emit("find-place", place);
    else if (text !== this.value) this.emit("find-text", text);
  };
}

customElements.define("geo-find", GeoFind);
