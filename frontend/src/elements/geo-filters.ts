import { html, nothing } from "lit";
import { formatDay, formatDegrees } from "../api/format";
import { type Bbox, type Filters, NO_FILTERS } from "../api/stac";
import { strings } from "../strings";
import { LightElement } from "./light";
import "./geo-area";

export interface CollectionOption {
  id: string;
  title: string;
  count: number;
}

/** @fires filters-change with the parts of the filters that changed */
export class GeoFilters extends LightElement {
  static override properties = {
    value: { attribute: false },
    collections: { attribute: false },
    drawing: { type: Boolean },
  };

  declare value: Filters;
  declare collections: CollectionOption[];
  declare drawing: boolean;

  constructor() {
    super();
    this.value = NO_FILTERS;
    this.collections = [];
    this.drawing = false;
  }

  protected override render() {
    const text = strings.filters;
    const { from, to, bbox } = this.value;
    const disordered = from !== "" && to !== "" && from > to;
    return html`
      <div class="filters" role="search" aria-label=${text.heading}>
        ${this.#collections()}
        <fieldset class="field">
          <legend class="field__label">${text.dates}</legend>
          <div class="row">
            ${this.#day("from", text.from)}
            <span class="muted" aria-hidden="true">–</span>
            ${this.#day("to", text.to)}
          </div>
          ${disordered ? html`<p class="error-text" role="alert">${text.invalidDates}</p>` : nothing}
        </fieldset>
        <geo-area .value=${bbox} ?drawing=${this.drawing}
          @area-change=${(event: CustomEvent<Bbox | null>) => this.#change({ bbox: event.detail })}></geo-area>
        ${this.#chips()}
      </div>
    `;
  }

  #collections() {
    if (!this.collections.length) return nothing;
    const chosen = this.value.collections;
    const toggle = (id: string) =>
      this.#change({
        collections: chosen.includes(id) ? chosen.filter((other) => other !== id) : [...chosen, id],
      });
    return html`<fieldset class="field">
      <legend class="field__label">${strings.filters.collections}</legend>
      <div class="row row--wrap pills">
        ${this.collections.map(
          ({ id, title, count }) => html`<label class="pill">
            <input type="checkbox" name="collection" value=${id} .checked=${chosen.includes(id)} @change=${() => toggle(id)} />
            <span>${title || id} <small>${count}</small></span>
          </label>`,
        )}
      </div>
    </fieldset>`;
  }

  #day(name: "from" | "to", label: string) {
    return html`<label class="grow">
      <span class="visually-hidden">${label}</span>
      <input class="input" type="date" name=${name} .value=${this.value[name]}
        @change=${(event: Event) => this.#change({ [name]: (event.target as HTMLInputElement).value })} />
    </label>`;
  }

  #chips() {
    const chips = this.#active();
    if (!chips.length) return nothing;
    return html`<ul class="row row--wrap chips">
      ${chips.map(
        ({ label, without }) => html`<li class="chip">
          ${label}
          <button type="button" aria-label=${strings.filters.remove(label)} @click=${() => this.#change(without)}>×</button>
        </li>`,
      )}
      <li>
        <button type="button" class="link" data-action="reset" @click=${() => this.#change(NO_FILTERS)}>
          ${strings.filters.reset}
        </button>
      </li>
    </ul>`;
  }

  #active(): { label: string; without: Partial<Filters> }[] {
    const { collections, from, to, bbox } = this.value;
    const text = strings.filters;
    const titles = new Map(this.collections.map(({ id, title }) => [id, title || id]));
    const chips = collections.map((id) => ({
      label: titles.get(id) ?? id,
      without: { collections: collections.filter((other) => other !== id) } as Partial<Filters>,
    }));
    if (from) chips.push({ label: text.chipFrom(formatDay(from)), without: { from: "" } });
    if (to) chips.push({ label: text.chipTo(formatDay(to)), without: { to: "" } });
    if (bbox)
      chips.push({ label: text.chipArea(bbox.map(formatDegrees).join(", ")), without: { bbox: null } });
    return chips;
  }

  #change(change: Partial<Filters>): void {
    this.emit("filters-change", change);
  }
}

customElements.define("geo-filters", GeoFilters);
