import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { type Bbox, type Item, itemTitle } from "../api/stac";
import { isPixelSpace } from "../map/tiles";
import { describeStyle } from "../state/bands";
import type { Place } from "../state/place";
import type { Session } from "../state/session";
import { NO_STYLE, type Style } from "../state/style";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import "./geo-drawer";
import "./geo-legend";
import "./geo-magnifier";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import type { GeoPixels } from "./geo-pixels";
import "./geo-pixels";
import type { Pointed } from "./geo-readout";
import "./geo-readout";
import "./geo-stack";
import "./geo-swipe";
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
    resolution: { state: true },
  };

  declare session: Session;
  /** What the drawer shows of the item. */
  declare tab: "about" | "render";
  declare pointed: Pointed | null;
  /** Where the two images meet that are compared: a part of the width. */
  declare swipe: number;
  /** Of an image in pixel space: image pixels to a screen pixel. */
  declare resolution: number;

  constructor() {
    super();
    this.tab = "about";
    this.pointed = null;
    this.swipe = 0.4;
    this.resolution = 1;
  }

  get bbox(): Bbox | undefined {
    return this.#map?.view?.bbox;
  }

  get showsPixels(): boolean {
    const { tilejson } = this.session.imagery;
    return tilejson !== null && isPixelSpace(tilejson);
  }

  fitItems(): void {
    this.#map?.fitItems();
  }

  fitArea(): void {
    this.#map?.fitArea();
  }

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
    const { state, search, selection, imagery } = session;
    const pixels = this.showsPixels;
    const all = search.total === undefined || search.total > search.items.length;
    const shown = session.pinned.tilejson;
    // An image in pixel space can't be laid beside a map.
    const pinned = imagery.tilejson && shown && isPixelSpace(shown) === pixels ? shown : null;
    const hover = (event: CustomEvent<string>) => session.set("hovered", event.detail);
    const countFailed = (event: CustomEvent<number>) => session.set("failed", event.detail);
    return html`
      <geo-map .items=${search.items} .scenes=${all && search.items.length ? search.query : null}
        .hovered=${session.hovered} .selected=${selection.key} .bbox=${state.follow ? null : state.bbox} .area=${state.area} .drawing=${session.drawing}
        .tilejson=${pixels ? null : imagery.tilejson} .opacity=${state.opacity}
        .pinned=${pixels ? null : pinned} .swipe=${this.swipe}
        .initialView=${state.view} basemap=${session.data.basemap} ?inert=${pixels}
        @hover-item=${hover} @select-item=${(event: CustomEvent<string>) => session.select(event.detail)}
        @select-stack=${(event: CustomEvent<{ keys: string[] }>) => session.offer(event.detail.keys)}
        @tiles-failed=${countFailed} @point-map=${(event: CustomEvent<Place | null>) => {
          const place = event.detail;
          this.pointed = place && { x: place.lon, y: place.lat, pixels: false };
        }}
        @box-drawn=${(event: CustomEvent<Bbox>) => session.filter({ bbox: event.detail, area: null, follow: false })}
        @view-change=${(event: CustomEvent<MapView>) => this.bbox && session.moved(event.detail, this.bbox)}></geo-map>
      ${
        pixels
          ? html`<geo-pixels .tilejson=${imagery.tilejson} .opacity=${state.opacity} .covered=${coveredWidth()}
              .pinned=${pinned} .swipe=${this.swipe}
              @tiles-failed=${countFailed} @point-pixels=${(event: CustomEvent<Pointed | null>) => {
                this.pointed = event.detail;
              }} @zoom-pixels=${(event: CustomEvent<number>) => {
                this.resolution = event.detail;
              }}></geo-pixels>
            <geo-magnifier .item=${selection.item} .resolution=${this.resolution} @show-whole=${() => this.fitImagery()}
              @resolution-change=${(event: CustomEvent<number>) => this.#pixels?.zoomTo(event.detail)}></geo-magnifier>
            <button type="button" class="button stage__back" @click=${() => this.emit("close-drawer")}>← ${strings.viewer.backToMap}</button>`
          : nothing
      }
      ${pinned ? this.#comparison() : nothing} ${pixels || pinned ? nothing : this.#follow()} ${this.#message()} ${this.#reading()}
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
      .tab=${this.tab} .rendering=${state.style}
      .compared=${this.session.state.pinned !== null} @compare=${() => this.session.pin()}
      @tab-change=${(event: CustomEvent<"about" | "render">) => this.#show(event.detail)}
      @style-change=${(event: CustomEvent<Style>) => this.session.restyle(event.detail)}
      @zoom-imagery=${() => this.fitImagery()}
      @step-stack=${(event: CustomEvent<number>) => this.session.step(event.detail)}
      @opacity-change=${(event: CustomEvent<number>) => this.session.setOpacity(event.detail)}></geo-drawer>`;
  }

  /** What is shown, and what it is under the pointer. */
  #reading() {
    const { state, selection, imagery } = this.session;
    const shown = imagery.tilejson ? selection.item : null;
    return html`<div class="stage__reading">
      <geo-readout .item=${shown} .value=${state.style} .pointed=${this.pointed}></geo-readout>
      <geo-legend .item=${shown} .value=${state.style} @open-render=${() => this.#show("render")}></geo-legend>
    </div>`;
  }

  /** The drawer's other side. */
  toggleRender(): void {
    if (this.session.selection.item) this.#show(this.tab === "render" ? "about" : "render");
  }

  #show(tab: "about" | "render"): void {
    this.tab = tab;
  }

  #comparison() {
    const { session } = this;
    const { item } = session.selection;
    const name = (compared: Item | null, style: Style | undefined) =>
      compared ? `${itemTitle(compared)} · ${describeStyle(compared, style ?? NO_STYLE).title}` : "";
    return html`<geo-swipe .value=${this.swipe} .left=${name(session.pinnedItem, session.state.pinned?.style)}
      .right=${name(item, session.state.style)} @unpin=${() => session.unpin()}
      @swipe-change=${(event: CustomEvent<number>) => {
        this.swipe = event.detail;
      }}></geo-swipe>`;
  }

  #follow() {
    const { session } = this;
    const { follow } = session.state;
    return html`<label class="stage__follow"><input type="checkbox" name="follow" .checked=${follow}
      @change=${() => session.filter({ follow: !follow, bbox: follow ? null : (this.bbox ?? null), area: null })} />
      ${strings.viewer.follow}</label>`;
  }

  #message() {
    const { selection, imagery, failed, notice } = this.session;
    if (notice) {
      return html`<div class="stage__message stage__message--failed" role="alert">${notice}
        <button type="button" class="link" @click=${() => this.session.dismiss()}>${strings.close}</button></div>`;
    }
    if (selection.message) {
      return html`<div class="stage__message stage__message--failed" role="alert">${strings.drawer.notFound}: ${selection.message}
        <button type="button" class="link" @click=${() => this.emit("close-drawer")}>${strings.close}</button></div>`;
    }
    if (imagery.status === "loading" && !imagery.tilejson) {
      return html`<p class="stage__message" role="status">${strings.viewer.loading}</p>`;
    }
    if (!failed) return nothing;
    return html`<div class="stage__message stage__message--failed" role="alert">${strings.viewer.tilesFailed(failed)}
      <button type="button" class="link" @click=${() => (this.#pixels ?? this.#map)?.retry()}>${strings.retry}</button></div>`;
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
