import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import type { Bbox } from "../api/stac";
import { isPixelSpace } from "../map/tiles";
import type { Place } from "../state/place";
import type { Session } from "../state/session";
import type { MapView } from "../state/url";
import { strings } from "../strings";
import "./geo-drawer";
import type { GeoMap } from "./geo-map";
import "./geo-map";
import type { GeoPixels } from "./geo-pixels";
import "./geo-pixels";
import "./geo-stack";
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
  static override properties = { session: { attribute: false } };

  declare session: Session;

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
    const hover = (event: CustomEvent<string>) => session.set("hovered", event.detail);
    const countFailed = (event: CustomEvent<number>) => session.set("failed", event.detail);
    return html`
      <geo-map .items=${search.items} .scenes=${all && search.items.length ? search.query : null}
        .hovered=${session.hovered} .selected=${selection.key} .bbox=${state.bbox} .drawing=${session.drawing}
        .tilejson=${pixels ? null : imagery.tilejson} .opacity=${state.opacity}
        .initialView=${state.view} basemap=${session.data.basemap} ?inert=${pixels}
        @hover-item=${hover} @select-item=${(event: CustomEvent<string>) => session.select(event.detail)}
        @select-stack=${(event: CustomEvent<{ keys: string[] }>) => session.offer(event.detail.keys)}
        @tiles-failed=${countFailed}
        @box-drawn=${(event: CustomEvent<Bbox>) => session.filter({ bbox: event.detail, area: null })}
        @view-change=${(event: CustomEvent<MapView>) => session.url.replace({ view: event.detail })}></geo-map>
      ${
        pixels
          ? html`<geo-pixels .tilejson=${imagery.tilejson} .opacity=${state.opacity} .covered=${coveredWidth()}
              @tiles-failed=${countFailed}></geo-pixels>
            <button type="button" class="button stage__back" @click=${() => this.emit("close-drawer")}>← ${strings.viewer.backToMap}</button>`
          : nothing
      }
      ${this.#message()}
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
      @zoom-imagery=${() => this.fitImagery()}
      @step-stack=${(event: CustomEvent<number>) => this.session.step(event.detail)}
      @opacity-change=${(event: CustomEvent<number>) => this.session.setOpacity(event.detail)}></geo-drawer>`;
  }

  #message() {
    const { selection, imagery, failed } = this.session;
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
