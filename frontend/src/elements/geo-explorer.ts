import { html, nothing } from "lit";
import { requestJson, sitePath } from "../api/http";
import { type Bbox, type Filters, findLink, type Item, itemKey, NO_FILTERS, webHref } from "../api/stac";
import { isPixelSpace } from "../map/tiles";
import { ImageryController } from "../state/imagery";
import { SearchController } from "../state/search";
import { type ExplorerState, type ItemRef, type MapView, UrlState } from "../state/url";
import { strings } from "../strings";
import "./geo-drawer";
import type { CollectionOption } from "./geo-filters";
import "./geo-filters";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import type { GeoPixels } from "./geo-pixels";
import "./geo-pixels";
import type { GeoResults } from "./geo-results";
import "./geo-results";
import { LightElement, pageData } from "./light";

interface ExplorerData {
  searchUrl: string;
  stacUrl: string;
  basemap: string;
  collections: CollectionOption[];
}

/** Pixels of the map that the drawer covers at its right. */
const DRAWER_WIDTH = 380;

/** Filters and cards beside the map, all from one search; the address holds what is seen. */
export class GeoExplorer extends LightElement {
  static override properties = {
    hovered: { state: true },
    item: { state: true },
    drawing: { state: true },
  };

  declare hovered: string;
  declare item: Item | null;
  declare drawing: boolean;
  readonly #data = pageData<ExplorerData>("explorer-data") ?? {
    searchUrl: sitePath("/stac/search"),
    stacUrl: sitePath("/stac/"),
    basemap: "",
    collections: [],
  };
  readonly #url = new UrlState();
  readonly #search = new SearchController(this, () => this.#data.searchUrl);
  readonly #imagery = new ImageryController(this);
  readonly #titles = new Map(this.#data.collections.map(({ id, title }) => [id, title]));
  #stopBack: (() => void) | null = null;

  constructor() {
    super();
    this.hovered = "";
    this.item = null;
    this.drawing = false;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#stopBack = this.#url.onBack((state) => this.#restore(state));
    document.addEventListener("keydown", this.#escape);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stopBack?.();
    document.removeEventListener("keydown", this.#escape);
  }

  protected override firstUpdated(): void {
    const { state } = this.#url;
    if (state.item) void this.#open(state.item, { zoom: state.view === null });
    void this.#runSearch({ fit: state.view === null && state.item === null });
  }

  protected override render() {
    const { state } = this.#url;
    const { items, total, status, error, hasMore } = this.#search;
    const selected = this.item ? itemKey(this.item) : "";
    const { tilejson } = this.#imagery;
    const pixels = tilejson !== null && isPixelSpace(tilejson);
    return html`
      <div class="explorer__panel">
        <geo-filters .value=${state} .collections=${this.#data.collections} ?drawing=${this.drawing}
          @filters-change=${(event: CustomEvent<Partial<Filters>>) => this.#filter(event.detail)}
          @draw-toggle=${() => this.#toggleDrawing()}
          @use-map=${() => this.#filter({ bbox: this.#map?.view?.bbox ?? null })}></geo-filters>
        <geo-results .items=${items} .total=${total} .status=${status} .error=${error} .hasMore=${hasMore}
          .filtered=${isFiltered(state)} .hovered=${this.hovered} .selected=${selected} .titles=${this.#titles}
          @hover-item=${this.#hover} @select-item=${this.#select}
          @more=${() => this.#search.more()} @retry=${() => this.#runSearch()}
          @reset=${() => this.#filter(NO_FILTERS)}></geo-results>
      </div>
      <div class="explorer__stage">
        <geo-map .items=${items} .hovered=${this.hovered} .selected=${selected} .bbox=${state.bbox}
          .drawing=${this.drawing} .tilejson=${pixels ? null : tilejson} .opacity=${state.opacity}
          .initialView=${state.view} basemap=${this.#data.basemap} ?inert=${pixels}
          @hover-item=${this.#hover} @select-item=${this.#select}
          @box-drawn=${(event: CustomEvent<Bbox>) => this.#filter({ bbox: event.detail })}
          @view-change=${(event: CustomEvent<MapView>) => this.#url.replace({ view: event.detail })}></geo-map>
        ${
          pixels
            ? html`<geo-pixels .tilejson=${tilejson} .opacity=${state.opacity} .covered=${coveredWidth()}></geo-pixels>
              <button type="button" class="button stage__back" @click=${() => this.#close()}>← ${strings.viewer.backToMap}</button>`
            : nothing
        }
        ${
          this.#imagery.status === "loading"
            ? html`<p class="stage__message" role="status">${strings.viewer.loading}</p>`
            : nothing
        }
        <geo-drawer .item=${this.item} .opacity=${state.opacity} imagery=${this.#imagery.status}
          message=${this.#imagery.message} .collectionTitle=${this.#titles.get(this.item?.collection ?? "") ?? ""}
          @close-drawer=${() => this.#close()}
          @zoom-imagery=${() => this.#zoomToImagery()}
          @opacity-change=${(event: CustomEvent<number>) => this.#setOpacity(event.detail)}></geo-drawer>
      </div>
    `;
  }

  get #map(): GeoMap | null {
    return this.querySelector<GeoMap>("geo-map");
  }

  #filter(change: Partial<Filters>): void {
    this.drawing = false;
    this.#url.push(change);
    // Other collections lie elsewhere; a date or a box is asked for about the place that is being looked at.
    void this.#runSearch({ fit: change.collections !== undefined });
  }

  async #runSearch({ fit = false } = {}): Promise<void> {
    await this.#search.run(this.#url.state);
    await this.updateComplete;
    if (fit && !this.item) this.#map?.fitItems();
  }

  #toggleDrawing(): void {
    if (!this.drawing && this.#imagery.tilejson && isPixelSpace(this.#imagery.tilejson)) this.#close();
    this.drawing = !this.drawing;
  }

  readonly #escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape") return;
    if (this.drawing) this.drawing = false;
    else if (this.item) this.#close();
  };

  readonly #hover = (event: CustomEvent<string>): void => {
    this.hovered = event.detail;
  };

  readonly #select = (event: CustomEvent<string>): void => {
    const item = this.#search.items.find((candidate) => itemKey(candidate) === event.detail);
    if (!item) return;
    this.#url.push({ item: { collection: item.collection, id: item.id } });
    void this.#show(item, { zoom: true });
    this.querySelector<GeoResults>("geo-results")?.reveal(event.detail);
  };

  /** An item named by the address: it need not be among the results. */
  async #open(ref: ItemRef, options: { zoom: boolean }): Promise<void> {
    const path = [ref.collection, "items", ref.id].map(encodeURIComponent).join("/");
    const item = await requestJson<Item>(`${this.#data.stacUrl}collections/${path}`).catch(() => null);
    if (item) await this.#show(item, options);
    else this.#url.replace({ item: null });
  }

  async #show(item: Item, { zoom }: { zoom: boolean }): Promise<void> {
    this.item = item;
    await this.#imagery.load(webHref(findLink(item.links, "tilejson")?.href));
    if (zoom && this.item === item) this.#zoomToImagery();
  }

  #zoomToImagery(): void {
    const { tilejson } = this.#imagery;
    if (tilejson && isPixelSpace(tilejson)) {
      this.querySelector<GeoPixels>("geo-pixels")?.fit();
      return;
    }
    const bbox = this.item?.geometry ? this.item.bbox : tilejson?.bounds;
    if (bbox) this.#map?.fitBbox(bbox, [0, coveredWidth(), 0, 0]);
  }

  #setOpacity(opacity: number): void {
    this.#url.replace({ opacity });
    this.requestUpdate();
  }

  #close(): void {
    this.item = null;
    this.#url.push({ item: null });
    void this.#imagery.load(undefined);
  }

  #restore(state: ExplorerState): void {
    if (state.item) void this.#open(state.item, { zoom: false });
    else {
      this.item = null;
      void this.#imagery.load(undefined);
    }
    const view = this.#map?.view;
    if (view && state.view) view.view = state.view;
    void this.#runSearch();
  }
}

/** On narrow screens the drawer lies below the map. */
function coveredWidth(): number {
  return window.innerWidth > 900 ? DRAWER_WIDTH : 0;
}

function isFiltered({ collections, from, to, bbox }: Filters): boolean {
  return collections.length > 0 || from !== "" || to !== "" || bbox !== null;
}

customElements.define("geo-explorer", GeoExplorer);
