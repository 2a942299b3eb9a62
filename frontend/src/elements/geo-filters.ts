import { html, nothing } from "lit";
import { type Bbox, type Condition, type Filters, NO_FILTERS } from "../api/stac";
import { chipsOf } from "../state/chips";
import type { Place } from "../state/place";
import type { CollectionOption } from "../state/session";
import { strings } from "../strings";
import "./geo-collections";
import "./geo-dates";
import "./geo-find";
import "./geo-saved";
import "./geo-timeline";
import { LightElement } from "./light";
import "./geo-area";

/**
 * What to search for.
 *
 * @fires filters-change with the parts of the filters that changed
 * @fires go-to with a place whose coordinates were typed
 */
export class GeoFilters extends LightElement {
  static override properties = {
    value: { attribute: false },
    collections: { attribute: false },
    drawing: { type: Boolean },
    more: { state: true },
    wide: { state: true },
  };

  declare value: Filters;
  declare collections: CollectionOption[];
  declare drawing: boolean;
  declare more: boolean;
  /** On narrow screens results come before all but words and collections. */
  declare wide: boolean;
  readonly #screen = window.matchMedia("(width > 900px)");

  constructor() {
    super();
    this.value = NO_FILTERS;
    this.collections = [];
    this.drawing = false;
    this.more = false;
    this.wide = this.#screen.matches;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#screen.addEventListener("change", this.#resize);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#screen.removeEventListener("change", this.#resize);
  }

  readonly #resize = ({ matches }: MediaQueryListEvent): void => {
    this.wide = matches;
  };

  protected override render() {
    const { q, collections, from, to, bbox } = this.value;
    return html`
      <section class="filters" aria-label=${strings.filters.heading}>
        <geo-find .value=${q} @find-text=${(event: CustomEvent<string>) => this.#change({ q: event.detail })}
          @find-place=${(event: CustomEvent<Place>) => this.emit("go-to", event.detail)}></geo-find>
        ${
          this.collections.length
            ? html`<geo-collections .options=${this.collections} .value=${collections}
              @collections-change=${(event: CustomEvent<string[]>) => this.#change({ collections: event.detail })}></geo-collections>`
            : nothing
        }
        <details class="filters__rest" ?open=${this.wide}>
        <summary>${strings.filters.rest}</summary>
        <div class="filters__body">
        <geo-dates .from=${from} .to=${to}
          @dates-change=${(event: CustomEvent<Partial<Filters>>) => this.#change(event.detail)}></geo-dates>
        <geo-timeline .filters=${this.value}
          @dates-change=${(event: CustomEvent<Partial<Filters>>) => this.#change(event.detail)}></geo-timeline>
        <geo-area .value=${bbox} ?drawing=${this.drawing}
          @area-change=${(event: CustomEvent<Bbox | null>) => this.#change({ bbox: event.detail, area: null, follow: false })}></geo-area>
        ${this.#more()}
        <geo-saved .filters=${this.value} .label=${this.#chipList.map(({ label }) => label).join(", ")}></geo-saved>
        </div>
        </details>
        ${this.#chips()}
      </section>
    `;
  }

  /** By properties: what it takes is loaded when it is opened. */
  #more() {
    return html`<details class="disclosure" data-action="more-filters" ?open=${this.more}
      @toggle=${(event: Event) => {
        this.more = (event.target as HTMLDetailsElement).open;
        if (this.more) void import("./geo-conditions");
      }}>
      <summary>${strings.conditions.heading}</summary>
      ${
        this.more
          ? html`<geo-conditions .filters=${this.value}
            @conditions-change=${(event: CustomEvent<Condition[]>) => this.#change({ conditions: event.detail })}></geo-conditions>`
          : nothing
      }
    </details>`;
  }

  get #chipList() {
    return chipsOf(this.value, new Map(this.collections.map(({ id, title }) => [id, title])));
  }

  #chips() {
    const chips = this.#chipList;
    if (!chips.length) return nothing;
    return html`<ul class="row row--wrap chips" aria-label=${strings.filters.active}>
      ${chips.map(
        ({ label, without }) => html`<li class="chip">
          <span class="chip__label">${label}</span>
          <button type="button" aria-label=${strings.filters.remove(label)} @click=${() => this.#change(without)}>×</button>
        </li>`,
      )}
      <li>
        <button type="button" class="link" data-action="reset" @click=${() => this.#change({ ...NO_FILTERS, sort: this.value.sort })}>
          ${strings.filters.reset}
        </button>
      </li>
    </ul>`;
  }

  #change(change: Partial<Filters>): void {
    this.emit("filters-change", change);
  }
}

customElements.define("geo-filters", GeoFilters);
