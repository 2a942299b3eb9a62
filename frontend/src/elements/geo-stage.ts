import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import type { Bbox, TileJson } from "../api/stac";
import type { Shape } from "../map/sketch";
import { isPixelSpace, sparseZoom } from "../map/tiles";
import { nameShown } from "../state/bands";
import type { Place } from "../state/place";
import type { Session } from "../state/session";
import type { Style } from "../state/style";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import type { GeoBottom } from "./geo-bottom";
import "./geo-bottom";
import type { DrawerTab } from "./geo-drawer";
import "./geo-drawer";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import type { GeoPixels } from "./geo-pixels";
import type { Pointed } from "./geo-readout";
import "./geo-slide";
import "./geo-stack";
import type { GeoSwipe } from "./geo-swipe";
import "./geo-swipe";
import "./geo-tools";
import { LightElement } from "./light";

/** Pixels of the map that the drawer covers at its right. */
const DRAWER_WIDTH = 380;
/** Zoom at which coordinates that were typed are shown, unless the map is closer already. */
const PLACE_ZOOM = 9;

/**
 * The map with what is found, or an image in pixel space, and what is said of it.
 *
 * @fires close-drawer
 * @fires show-help
 */
export class GeoStage extends LightElement {
  static override properties = {
    session: { attribute: false },
    tab: { state: true },
    pointed: { state: true },
    swipe: { state: true },
  };

  declare session: Session;
  /** What the drawer shows of the item. */
  declare tab: DrawerTab;
  declare pointed: Pointed | null;
  /** Where the two images meet that are compared: a part of the width. */
  declare swipe: number;

  constructor() {
    super();
    this.tab = "about";
    this.pointed = null;
    this.swipe = 0.4;
  }

  get bbox(): Bbox | undefined {
    return this.#map?.view?.bbox;
  }

  get showsPixels(): boolean {
    const { tilejson } = this.session.imagery;
    return tilejson !== null && isPixelSpace(tilejson);
  }

  fitItems = () => this.#map?.fitItems();

  fitArea = () => this.#map?.fitArea();

  fitImagery(): void {
    const { tilejson } = this.session.imagery;
    const { item } = this.session.selection;
    if (this.showsPixels) {
      this.#pixels?.fit();
      return;
    }
    const bbox = item?.geometry ? item.bbox : tilejson?.bounds;
    if (bbox) this.#map?.fitBbox(bbox, [0, coveredWidth(), 0, 0]);
  }

  goTo(place: Place): void {
    this.#map?.goTo(place, PLACE_ZOOM);
  }

  focusMap(): void {
    this.#map?.focus();
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.addEventListener("shape-changed", (event) =>
      this.session.sketch((event as CustomEvent<Shape>).detail),
    );
    this.addEventListener("shape-drawn", (event) =>
      this.session.measured((event as CustomEvent<Shape>).detail),
    );
    this.addEventListener("dragover", (event) => event.preventDefault());
    this.addEventListener("drop", (event) => {
      const [file] = event.dataTransfer?.files ?? [];
      event.preventDefault();
      if (file) void this.session.takeArea(file);
    });
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("session")) return;
    this.session.attach(this);
    this.session.url.onBack(({ view }) => {
      if (view && this.#map?.view) this.#map.view.view = view;
    });
  }

  protected override render() {
    const { session } = this;
    const { state, search, selection, imagery, annotations } = session;
    const pixels = this.showsPixels;
    const all = search.total === undefined || search.total > search.items.length;
    const shown = session.pinned.tilejson;
    // An image in pixel space can't be laid beside a map.
    const pinned = imagery.tilejson && shown && isPixelSpace(shown) === pixels ? shown : null;
    const hover = (event: CustomEvent<string>) => session.set("hovered", event.detail);
    const countFailed = (event: CustomEvent<number>) => session.set("failed", event.detail);
    const far = state.mosaic && !imagery.tilejson && state.view && session.mosaic.tilejson;
    const away = far && (state.view?.zoom ?? 0) < sparseZoom(far) ? far : null;
    return html`
      <geo-map .items=${search.items} .scenes=${all && search.items.length ? search.query : null}
        .hovered=${session.hovered} .selected=${selection.key} .bbox=${state.follow ? null : state.bbox} .area=${state.area} .drawing=${session.drawing}
        .tilejson=${pixels ? null : session.shown} .marked=${state.at} .tool=${pixels ? "" : session.tool} .drawn=${pixels ? null : state.drawn} .annotations=${pixels ? [] : annotations.list} .chosen=${annotations.chosen} .asking=${state.mosaic && !imagery.tilejson}
        .opacity=${state.opacity}
        .pinned=${pixels ? null : pinned} .swipe=${this.swipe}
        .initialView=${state.view} basemap=${session.data.basemap} ?inert=${pixels}
        @hover-item=${hover} @select-item=${(event: CustomEvent<string>) => session.select(event.detail)}
        @select-stack=${(event: CustomEvent<{ keys: string[] }>) => session.offer(event.detail.keys)}
        @ask-map=${(event: CustomEvent<Place>) => session.ask(event.detail)}
        @tiles-failed=${countFailed} @point-map=${(event: CustomEvent<Place | null>) => {
          const place = event.detail;
          this.pointed = place && { x: place.lon, y: place.lat, pixels: false };
        }}
        @box-drawn=${(event: CustomEvent<Bbox>) => session.filter({ bbox: event.detail, area: null, follow: false })}
        @view-change=${(event: CustomEvent<MapView>) => this.bbox && session.moved(event.detail, this.bbox)}></geo-map>
      ${
        pixels
          ? html`<geo-slide .session=${session} .covered=${coveredWidth()} .pinned=${pinned} .swipe=${this.swipe}
              @tiles-failed=${countFailed} @show-whole=${() => this.fitImagery()} @point-pixels=${(
                event: CustomEvent<Pointed | null>,
              ) => {
                this.pointed = event.detail;
              }}></geo-slide>`
          : nothing
      }
      ${pinned ? this.#comparison() : nothing} <geo-tools class=${pixels ? "is-pixels" : ""} .session=${session} .bbox=${() => this.bbox ?? null}></geo-tools> ${this.#message(away)}
      <geo-bottom .session=${session} .pointed=${this.pointed} .isDrawn=${() => this.#isDrawn}
        @open-render=${() => {
          this.tab = "render";
        }}></geo-bottom>
      <geo-stack .items=${session.stack?.items ?? []} .total=${session.stack?.refs.length ?? 0} .titles=${session.titles}
        @hover-item=${hover} @close-stack=${() => session.closeStack()}
        @choose-scene=${(event: CustomEvent<string>) => session.choose(event.detail)}></geo-stack>
      ${this.#drawer()}
    `;
  }

  #drawer() {
    const { state, selection, imagery, titles } = this.session;
    const { item, position, stack } = selection;
    return html`<geo-drawer .item=${item} .opacity=${state.opacity} imagery=${imagery.status}
      .place=${{ position, count: position < 0 ? 0 : stack.length }}
      message=${imagery.message} .collectionTitle=${titles.get(item?.collection ?? "") ?? ""}
      .tab=${this.tab} .session=${this.session} .rendering=${state.style}
      .compared=${this.session.state.pinned !== null} @compare=${() => this.session.pin()}
      @tab-change=${(event: CustomEvent<DrawerTab>) => {
        this.tab = event.detail;
      }}
      @style-change=${(event: CustomEvent<Style>) => this.session.restyle(event.detail)}
      @zoom-imagery=${() => this.fitImagery()} @take-away=${() => this.session.take(true)}
      @step-stack=${(event: CustomEvent<number>) => this.session.step(event.detail)}
      @opacity-change=${(event: CustomEvent<number>) => this.session.look({ opacity: event.detail })}></geo-drawer>`;
  }

  blink(): void {
    this.querySelector<GeoSwipe>("geo-swipe")?.switch();
  }

  get #isDrawn(): boolean {
    const shown = this.#pixels ?? this.#map;
    return this.session.imagery.status !== "loading" && (shown?.hasAttribute("data-ready") ?? true);
  }

  /** The drawer's other side. */
  toggleRender(): void {
    if (this.session.selection.item) this.tab = this.tab === "render" ? "about" : "render";
  }

  #comparison() {
    const { session } = this;
    const { item } = session.selection;
    return html`<geo-swipe .value=${this.swipe} .blink=${session.state.blink} .left=${nameShown(session.pinnedItem, session.state.pinned?.style)}
      .right=${nameShown(item, session.state.style)} @unpin=${() => session.unpin()}
      @blink-change=${(event: CustomEvent<boolean>) => session.look({ blink: event.detail })}
      @swipe-change=${(event: CustomEvent<number>) => {
        this.swipe = event.detail;
      }}></geo-swipe>`;
  }

  #message(away: TileJson | null) {
    const { session } = this;
    const { selection, imagery, mosaic, failed, notice } = session;
    const told = (role: "alert" | "status", text: string, label: string, act: () => void) =>
      html`<div class="stage__message ${role === "alert" ? "stage__message--failed" : "stage__message--hint"}" role=${role}>${text}
        <button type="button" class="link" data-action="message" @click=${act}>${label}</button></div>`;
    if (notice) return told("alert", notice, strings.close, () => session.tell(""));
    if (selection.message) {
      const text = `${strings.drawer.notFound}: ${selection.message}`;
      return told("alert", text, strings.close, () => this.emit("close-drawer"));
    }
    if (mosaic.status === "error") {
      const text = `${strings.mosaic.failed}: ${mosaic.message}`;
      return told("alert", text, strings.close, () => session.toggleMosaic());
    }
    const loading = [imagery, mosaic].some(({ status, tilejson }) => status === "loading" && !tilejson);
    if (loading) return html`<p class="stage__message" role="status">${strings.viewer.loading}</p>`;
    if (away) return told("status", strings.mosaic.far, strings.mosaic.zoom, () => this.#map?.zoomTo(away));
    if (!failed) return nothing;
    const retry = () => (this.#pixels ?? this.#map)?.retry();
    return told("alert", strings.viewer.tilesFailed(failed), strings.retry, retry);
  }

  /** Through the days of the mosaic. */
  get time(): GeoBottom["time"] {
    return this.querySelector<GeoBottom>("geo-bottom")?.time ?? null;
  }

  get #map(): GeoMap | null {
    return this.querySelector<GeoMap>("geo-map");
  }

  get #pixels(): GeoPixels | null {
    return this.querySelector<GeoPixels>("geo-pixels");
  }
}

/** On narrow screens the drawer lies below the map. */
function coveredWidth(): number {
  return window.innerWidth > 900 ? DRAWER_WIDTH : 0;
}

customElements.define("geo-stage", GeoStage);
