import { html, nothing } from "lit";
import { downloadCsv, exportUrl } from "../api/export";
import { describe, sitePath } from "../api/http";
import { type Filters, type Item, itemTitle, NO_FILTERS } from "../api/stac";
import { itemSnippets, type Snippet, searchSnippets } from "../state/snippets";
import { strings } from "../strings";
import { copyText } from "./geo-copy";
import { LightElement } from "./light";

/** What to do with results elsewhere: files, the page's address, and the same question to other programs. */
export class GeoTake extends LightElement {
  static override properties = {
    filters: { attribute: false },
    item: { attribute: false },
    total: { attribute: false },
    chosen: { state: true },
    copied: { state: true },
    message: { state: true },
  };

  declare filters: Filters;
  /** The one that is looked at, if any: its snippets come beside the search's. */
  declare item: Item | null;
  declare total: number | undefined;
  declare chosen: string;
  declare copied: string;
  declare message: string;

  constructor() {
    super();
    this.filters = NO_FILTERS;
    this.item = null;
    this.chosen = "python";
    this.copied = "";
    this.message = "";
  }

  protected override firstUpdated(): void {
    this.querySelector("dialog")?.showModal();
  }

  protected override render() {
    const text = strings.take;
    return html`<dialog class="take" aria-label=${text.title} @close=${() => this.emit("close-take")}>
      <header class="row row--between"><h2>${text.title}</h2>
        <button type="button" class="icon-button" aria-label=${strings.close} @click=${() => this.querySelector("dialog")?.close()}>×</button></header>
      ${this.message ? html`<p class="notice notice--error" role="alert">${this.message}</p>` : nothing}
      <section><h3 class="field__label">${text.results(this.total)}</h3>
        <div class="row row--wrap">
          <button type="button" class="button button--small" data-format="csv" @click=${() => void this.#csv()}>CSV</button>
          <a class="button button--small" data-format="geojson" href=${exportUrl(this.filters, "geojson")} download="items.geojson">GeoJSON</a>
          <a class="button button--small" data-format="parquet" href=${exportUrl(this.filters, "parquet")} download="items.parquet">GeoParquet</a>
        </div></section>
      <section><h3 class="field__label">${text.share}</h3>
        <div class="row"><input class="input input--code" readonly aria-label=${text.share} .value=${window.location.href} />
          ${this.#copy("share", window.location.href)}</div></section>
      ${this.item ? this.#snippets("item", text.item(itemTitle(this.item)), itemSnippets(this.item)) : nothing}
      ${this.#snippets("search", text.search, searchSnippets(this.filters, window.location.origin + sitePath("")))}
    </dialog>`;
  }

  #snippets(of: string, title: string, snippets: Snippet[]) {
    const shown = snippets.find(({ id }) => id === this.chosen) ?? snippets[0];
    if (!shown) return nothing;
    return html`<section data-snippets=${of}><h3 class="field__label">${title}</h3>
      <div class="row row--wrap" role="group" aria-label=${title}>${snippets.map(
        (snippet) => html`<button type="button" class="button button--small" data-snippet=${snippet.id}
          aria-pressed=${snippet === shown ? "true" : "false"} @click=${() => {
            this.chosen = snippet.id;
          }}>${snippet.title}</button>`,
      )}</div>
      <div class="take__code"><pre tabindex="0">${shown.text}</pre>${this.#copy(of, shown.text)}</div></section>`;
  }

  #copy(of: string, text: string) {
    return html`<button type="button" class="button button--quiet button--small" data-copy=${of} @click=${async () => {
      await copyText(text);
      this.copied = of;
    }}><span aria-live="polite">${this.copied === of ? strings.copied : strings.take.copy}</span></button>`;
  }

  async #csv(): Promise<void> {
    this.message = "";
    try {
      await downloadCsv(this.filters);
    } catch (error) {
      this.message = describe(error).message;
    }
  }
}

customElements.define("geo-take", GeoTake);
