import { html, nothing } from "lit";
import { cardDate, formatResolution, formatShape } from "../api/format";
import { sitePath } from "../api/http";
import { type Item, itemKey, itemTitle, thumbnailOf } from "../api/stac";
import type { SearchStatus } from "../state/search";
import { strings } from "../strings";
import { LightElement } from "./light";

/**
 * The found items as cards.
 *
 * @fires hover-item with the card's key, "" when left
 * @fires select-item with the card's key
 * @fires sort-change with a property, `-` before it for the greatest first
 * @fires more, retry, reset, take-away
 */
export class GeoResults extends LightElement {
  static override properties = {
    items: { attribute: false },
    total: { attribute: false },
    status: {},
    error: { attribute: false },
    hasMore: { attribute: false },
    filtered: { attribute: false },
    hovered: {},
    selected: {},
    titles: { attribute: false },
    sort: {},
  };

  declare items: Item[];
  declare total: number | undefined;
  declare status: SearchStatus;
  declare error: { code: string; message: string } | null;
  declare hasMore: boolean;
  declare filtered: boolean;
  declare hovered: string;
  declare selected: string;
  declare titles: Map<string, string>;
  declare sort: string;

  constructor() {
    super();
    this.items = [];
    this.status = "idle";
    this.error = null;
    this.hasMore = false;
    this.filtered = false;
    this.hovered = "";
    this.selected = "";
    this.titles = new Map();
    this.sort = "";
  }

  /** Moves the focus `by` cards on: to the first or the last where none has it. */
  step(by: number): void {
    const cards = [...this.querySelectorAll<HTMLElement>("[data-key]")];
    const at = cards.indexOf(document.activeElement as HTMLElement);
    const selected = cards.findIndex(({ dataset }) => dataset.key === this.selected);
    const from = at >= 0 ? at : selected;
    const next =
      from < 0 ? (by > 0 ? 0 : cards.length - 1) : Math.min(cards.length - 1, Math.max(0, from + by));
    cards[next]?.focus();
  }

  /** Whether there was a card to give the focus to. */
  focusCard(key: string): boolean {
    const card = this.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`);
    card?.focus();
    return card !== null;
  }

  /** Brings a card into view after its footprint was chosen on the map. */
  reveal(key: string): void {
    this.querySelector(`[data-key="${CSS.escape(key)}"]`)?.scrollIntoView({ block: "nearest" });
  }

  protected override render() {
    const text = strings.results;
    return html`
      <div class="results__head">
        <h2>${text.heading}</h2>
        <p class="muted" role="status">${this.#summary()}</p>
        ${this.items.length ? html`<button type="button" class="link results__take" data-action="take" @click=${() => this.emit("take-away")}>${strings.take.open}</button>` : nothing}
        ${this.items.length > 1 ? this.#sorting() : nothing}
      </div>
      ${this.#body()}
    `;
  }

  #sorting() {
    const orders = Object.entries(strings.results.orders);
    return html`<label class="sorting"><span class="visually-hidden">${strings.results.sort}</span>
      <select name="sort" @change=${(event: Event) => this.emit("sort-change", (event.target as HTMLSelectElement).value)}>
        ${orders.map(([order, label]) => html`<option value=${order} ?selected=${order === this.sort}>${label}</option>`)}
      </select></label>`;
  }

  #summary() {
    if (this.status === "idle" || this.status === "loading") return strings.results.searching;
    return this.status === "error" ? "" : strings.results.shown(this.items.length, this.total);
  }

  #body() {
    if (this.status === "error") return this.#failed();
    if (this.status === "idle" || this.status === "loading") return skeletons();
    if (!this.items.length) return this.#none();
    return html`
      <ul class="results__list">${this.items.map((item) => this.#card(item))}</ul>
      ${
        this.hasMore
          ? html`<button type="button" class="button results__more" data-action="more"
            ?disabled=${this.status === "more"} @click=${() => this.emit("more")}>
            ${this.status === "more" ? strings.results.loadingMore : strings.results.more}
          </button>`
          : nothing
      }
    `;
  }

  #card(item: Item) {
    const key = itemKey(item);
    const thumbnail = thumbnailOf(item);
    const state = `${key === this.selected ? "is-selected" : ""} ${key === this.hovered ? "is-hovered" : ""}`;
    return html`<li>
      <button type="button" class="result ${state}" data-key=${key} aria-pressed=${key === this.selected ? "true" : "false"}
        @click=${() => this.emit("select-item", key)}
        @pointerenter=${() => this.emit("hover-item", key)} @pointerleave=${() => this.emit("hover-item", "")}
        @focus=${() => this.emit("hover-item", key)} @blur=${() => this.emit("hover-item", "")}>
        <span class="thumb">
          ${thumbnail ? html`<img src=${thumbnail} alt="" loading="lazy" decoding="async" @error=${hideBroken} />` : nothing}
        </span>
        <span class="result__text">
          <span class="result__title">${itemTitle(item)}</span>
          <span class="result__meta">${this.titles.get(item.collection) || item.collection}</span>
          <span class="result__meta">${cardDate(item)}${details(item).map((detail) => html` <i>·</i> ${detail}`)}</span>
        </span>
      </button>
    </li>`;
  }

  #none() {
    const text = strings.results;
    if (!this.filtered) {
      return html`<div class="empty" data-state="first-run">
        <p class="empty__title">${text.empty}</p>
        <p>${text.emptyHint}</p>
        <a class="button button--primary" href=${sitePath("/ingest/")}>${text.ingest}</a>
      </div>`;
    }
    return html`<div class="empty" data-state="no-match">
      <p class="empty__title">${text.none}</p>
      <p>${text.noneHint}</p>
      <button type="button" class="button" @click=${() => this.emit("reset")}>${strings.filters.reset}</button>
    </div>`;
  }

  #failed() {
    return html`<div class="empty empty--error" role="alert" data-state="error">
      <p class="empty__title">${strings.results.failed}</p>
      <p>${this.error?.message} <code>${this.error?.code}</code></p>
      <button type="button" class="button" @click=${() => this.emit("retry")}>${strings.retry}</button>
    </div>`;
  }
}

function details(item: Item): string[] {
  if (!item.geometry) return [strings.results.pixelSpace, formatShape(item)].filter(Boolean);
  const clouds = item.properties["eo:cloud_cover"];
  return [formatResolution(item), typeof clouds === "number" ? strings.results.clouds(clouds) : ""].filter(
    Boolean,
  );
}

function skeletons() {
  return html`<ul class="results__list" aria-hidden="true">
    ${Array.from(
      { length: 5 },
      () => html`<li class="result result--skeleton">
        <span class="thumb skeleton"></span>
        <span class="result__text"><span class="skeleton"></span><span class="skeleton"></span></span>
      </li>`,
    )}
  </ul>`;
}

function hideBroken(event: Event): void {
  (event.target as HTMLImageElement).hidden = true;
}

customElements.define("geo-results", GeoResults);
