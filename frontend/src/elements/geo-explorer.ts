import { html, nothing } from "lit";
import { sitePath } from "../api/http";
import { type Filters, NO_FILTERS } from "../api/stac";
import { isFiltered } from "../state/chips";
import { KeysController } from "../state/keys";
import type { Place } from "../state/place";
import { type ExplorerData, Session } from "../state/session";
import "./geo-filters";
import type { GeoHelp } from "./geo-help";
import "./geo-help";
import type { GeoResults } from "./geo-results";
import "./geo-results";
import type { GeoStage } from "./geo-stage";
import "./geo-stage";
import { LightElement, pageData } from "./light";

/** Filters and cards beside the map, all from one search; the address holds what is seen. */
export class GeoExplorer extends LightElement {
  readonly #session = new Session(
    pageData<ExplorerData>("explorer-data") ?? {
      searchUrl: sitePath("/stac/search"),
      stacUrl: sitePath("/stac/"),
      basemap: "",
      collections: [],
    },
  );
  #stop: (() => void) | null = null;

  constructor() {
    super();
    this.#session.attach(this);
    new KeysController(this, {
      Escape: () => this.#escape(),
      j: () => this.#results?.step(1),
      k: () => this.#results?.step(-1),
      "[": () => this.#session.step(-1),
      "]": () => this.#session.step(1),
      m: () => this.#session.toggleMosaic(),
      ",": () => this.#stage?.time?.step(-1),
      ".": () => this.#stage?.time?.step(1),
      p: () => this.#stage?.time?.play(),
      r: () => this.#stage?.toggleRender(),
      b: () => this.#stage?.blink(),
      "?": () => this.querySelector<GeoHelp>("geo-help")?.show(),
    });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop?.();
  }

  protected override firstUpdated(): void {
    this.#session.stage = {
      fitItems: () => this.#stage?.fitItems(),
      fitArea: () => this.#stage?.fitArea(),
      fitImagery: () => this.#stage?.fitImagery(),
      reveal: (key) => this.#results?.reveal(key),
    };
    this.#stop = this.#session.start();
  }

  protected override render() {
    const session = this.#session;
    const { state, search } = session;
    if (session.taking) void import("./geo-take");
    return html`
      <div class="explorer__panel">
        <geo-filters .value=${state} .collections=${session.data.collections} ?drawing=${session.drawing}
          @filters-change=${(event: CustomEvent<Partial<Filters>>) => session.filter(event.detail)}
          @go-to=${(event: CustomEvent<Place>) => this.#stage?.goTo(event.detail)}
          @area-file=${(event: CustomEvent<File>) => session.takeArea(event.detail)}
          @draw-toggle=${() => this.#toggleDrawing()}
          @use-map=${() => session.filter({ bbox: this.#stage?.bbox ?? null, area: null, follow: false })}></geo-filters>
        <geo-results .items=${search.items} .total=${search.total} .status=${search.status} .error=${search.error}
          .hasMore=${search.hasMore} .filtered=${isFiltered(state)} .hovered=${session.hovered}
          .selected=${session.selection.key} .titles=${session.titles} .sort=${state.sort}
          @sort-change=${(event: CustomEvent<string>) => session.filter({ sort: event.detail })}
          @hover-item=${(event: CustomEvent<string>) => session.set("hovered", event.detail)}
          @select-item=${(event: CustomEvent<string>) => session.select(event.detail)}
          @take-away=${() => session.take(true)}
          @more=${() => search.more()} @retry=${() => session.runSearch()}
          @reset=${() => session.filter(NO_FILTERS)}></geo-results>
      </div>
      <geo-stage class="explorer__stage" .session=${session} @close-drawer=${() => this.#close()}
        @show-help=${() => this.querySelector<GeoHelp>("geo-help")?.show()}></geo-stage>
      <geo-help></geo-help>
      ${
        session.taking
          ? html`<geo-take .filters=${state} .item=${session.selection.item} .total=${search.total} @close-take=${() => session.take(false)}></geo-take>`
          : nothing
      }
    `;
  }

  get #stage(): GeoStage | null {
    return this.querySelector<GeoStage>("geo-stage");
  }

  get #results(): GeoResults | null {
    return this.querySelector<GeoResults>("geo-results");
  }

  /** What was opened last is closed first. */
  #escape(): void {
    const session = this.#session;
    if (session.drawing) session.set("drawing", false);
    else if (session.stack) {
      session.closeStack();
      this.#stage?.focusMap();
    } else if (session.tool || session.state.drawn) session.measure("");
    else if (session.state.at) session.ask(null);
    else if (session.selection.item || session.selection.message) this.#close();
  }

  #toggleDrawing(): void {
    const session = this.#session;
    if (!session.drawing && this.#stage?.showsPixels) session.close();
    session.set("drawing", !session.drawing);
  }

  /** The focus goes back to the card, if what had it is gone. */
  #close(): void {
    const { key } = this.#session.selection;
    const active = document.activeElement;
    const lost = active === document.body || active?.closest("geo-stage") !== null;
    this.#session.close();
    if (lost && !this.#results?.focusCard(key)) this.#stage?.focusMap();
  }
}

customElements.define("geo-explorer", GeoExplorer);
