import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { cardDate } from "../api/format";
import { type Item, itemKey, itemTitle, thumbnailOf } from "../api/stac";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * Scenes that lie one upon the other where the map was clicked, to choose from.
 *
 * @fires choose-scene with the key of one
 * @fires close-stack
 */
export class GeoStack extends LightElement {
  static override properties = {
    items: { attribute: false },
    total: { attribute: false },
    titles: { attribute: false },
  };

  declare items: Item[];
  /** How many lie there; more than there are items while these are fetched. */
  declare total: number;
  declare titles: Map<string, string>;

  constructor() {
    super();
    this.items = [];
    this.total = 0;
    this.titles = new Map();
  }

  protected override render() {
    if (!this.total) return nothing;
    const text = strings.stack;
    return html`<section class="stack-popover" role="dialog" aria-label=${text.here(this.total)}
      @keydown=${this.#key}>
      <header class="row row--between">
        <h2>${text.here(this.total)}</h2>
        <button type="button" class="icon-button icon-button--small" aria-label=${strings.close} @click=${() => this.emit("close-stack")}>×</button>
      </header>
      <ul>${this.items.map((item) => this.#row(item))}</ul>
      ${this.items.length < this.total ? html`<p class="hint" role="status">${text.first(this.items.length)}</p>` : nothing}
      <p class="hint">${text.keys}</p>
    </section>`;
  }

  #row(item: Item) {
    const key = itemKey(item);
    const thumbnail = thumbnailOf(item);
    return html`<li><button type="button" class="result" data-scene=${key}
      @click=${() => this.emit("choose-scene", key)}
      @pointerenter=${() => this.emit("hover-item", key)} @focus=${() => this.emit("hover-item", key)}>
      <span class="thumb">${thumbnail ? html`<img src=${thumbnail} alt="" decoding="async" />` : nothing}</span>
      <span class="result__text">
        <span class="result__title">${itemTitle(item)}</span>
        <span class="result__meta">${cardDate(item)} <i>·</i> ${this.titles.get(item.collection) || item.collection}</span>
      </span>
    </button></li>`;
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has("items") && this.items.length && !this.contains(document.activeElement)) {
      this.querySelector<HTMLElement>("[data-scene]")?.focus();
    }
  }

  readonly #key = (event: KeyboardEvent): void => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const rows = [...this.querySelectorAll<HTMLElement>("[data-scene]")];
    const at = rows.indexOf(document.activeElement as HTMLElement);
    rows[(at + by + rows.length) % rows.length]?.focus();
  };
}

customElements.define("geo-stack", GeoStack);
