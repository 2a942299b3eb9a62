import { html, nothing } from "lit";
import { sitePath } from "../api/http";
import { type Filters, NO_FILTERS } from "../api/stac";
import { forgetSearch, type Saved, savedSearches, saveSearch } from "../state/saved";
import { formatState, INITIAL } from "../state/url";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Searches kept in this browser: the current one to be added, and those there are. */
export class GeoSaved extends LightElement {
  static override properties = { filters: { attribute: false }, label: {}, kept: { state: true } };

  declare filters: Filters;
  /** What the current search is called, unless people say otherwise; empty for a search without filters. */
  declare label: string;
  declare kept: Saved[];

  constructor() {
    super();
    this.filters = NO_FILTERS;
    this.label = "";
    this.kept = savedSearches();
  }

  protected override render() {
    const { kept, label } = this;
    const text = strings.saved;
    if (!kept.length && !label) return nothing;
    return html`<details class="disclosure" data-action="saved">
      <summary>${text.heading} ${kept.length ? html`<small>${kept.length}</small>` : nothing}</summary>
      <div class="saved">
        ${
          label
            ? html`<form class="row" @submit=${this.#save}><input class="input" name="name" .value=${label} aria-label=${text.name} />
              <button class="button button--small">${text.save}</button></form>`
            : nothing
        }
        <ul>${kept.map(
          ({ name, query }) => html`<li><a href=${sitePath(`/explore/${query}`)}>${name}</a>
            <button type="button" class="icon-button icon-button--small" aria-label=${text.forget(name)} @click=${() => {
              this.kept = forgetSearch(name);
            }}>×</button></li>`,
        )}</ul>
      </div>
    </details>`;
  }

  readonly #save = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = String(new FormData(event.currentTarget as HTMLFormElement).get("name") ?? "").trim();
    if (name)
      this.kept = saveSearch({ name, query: formatState({ ...INITIAL, ...filtersOf(this.filters) }) });
  };
}

/** Without what is only looked at. */
function filtersOf(filters: Filters): Filters {
  const { q, collections, from, to, bbox, follow, area, conditions, sort } = filters;
  return { q, collections, from, to, bbox, follow, area, conditions, sort };
}

customElements.define("geo-saved", GeoSaved);
