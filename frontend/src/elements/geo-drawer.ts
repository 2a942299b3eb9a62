import { html, nothing } from "lit";
import {
  dateKind,
  formatBytes,
  formatDegrees,
  formatPixelSize,
  formatResolution,
  formatShape,
  itemDate,
} from "../api/format";
import { type Asset, findLink, type Item, itemPageUrl, itemTitle, thumbnailOf, webHref } from "../api/stac";
import type { Session } from "../state/session";
import { NO_STYLE, type Style } from "../state/style";
import { strings } from "../strings";
import "./geo-copy";
import { LightElement } from "./light";

const TABS = ["about", "render", "annotations"] as const;
export type DrawerTab = (typeof TABS)[number];

/**
 * What is known about the chosen item, and how its imagery is shown.
 *
 * @fires close-drawer, zoom-imagery, take-away
 * @fires compare to keep what is shown beside what comes next
 * @fires step-stack with 1 or -1
 * @fires tab-change with about, render or annotations
 * @fires style-change with how the imagery is to be drawn
 * @fires opacity-change with a number from 0 to 1
 */
export class GeoDrawer extends LightElement {
  static override properties = {
    item: { attribute: false },
    opacity: { attribute: false },
    imagery: {},
    message: {},
    collectionTitle: { attribute: false },
    place: { attribute: false },
    tab: {},
    session: { attribute: false },
    compared: { attribute: false },
    rendering: { attribute: false },
  };

  declare item: Item | null;
  declare opacity: number;
  declare imagery: "none" | "loading" | "ready" | "error";
  declare message: string;
  declare collectionTitle: string;
  /** Whether it is compared with something. */
  declare compared: boolean;
  declare tab: DrawerTab;
  /** What the list of annotations shares with the map. */
  declare session: Session | null;
  /** How its imagery is drawn. */
  declare rendering: Style;
  /** Which of how many scenes at the same place it is. */
  declare place: { position: number; count: number };

  constructor() {
    super();
    this.item = null;
    this.opacity = 1;
    this.imagery = "none";
    this.message = "";
    this.collectionTitle = "";
    this.tab = "about";
    this.session = null;
    this.compared = false;
    this.rendering = NO_STYLE;
    this.place = { position: -1, count: 0 };
  }

  protected override willUpdate(): void {
    // Most who look at an item never change how it is drawn.
    if (this.item && this.tab === "render") void import("./geo-render");
    if (this.item && this.tab === "annotations") void import("./geo-annotations");
  }

  protected override render() {
    const { item } = this;
    if (!item) return nothing;
    const text = strings.drawer;
    return html`<aside class="drawer" aria-label=${text.label}>
      <header class="drawer__head">
        <div>
          <p class="eyebrow">${this.collectionTitle || item.collection}</p>
          <h2 class="drawer__title">${itemTitle(item)}</h2>
        </div>
        <div class="row drawer__tools">
          ${this.#stepper()}
          <button type="button" class="icon-button" aria-label=${strings.close} @click=${() => this.emit("close-drawer")}>×</button>
        </div>
      </header>
      <div class="drawer__body">
        ${this.#imagery()}
        ${this.#body(item)}
      </div>
      <footer class="drawer__foot">
        <a class="button button--primary" href=${itemPageUrl(item)}>${text.details}</a>
        <button type="button" class="button" data-action="take-item" @click=${() => this.emit("take-away")}>${strings.take.open}</button>
        <a class="button" href=${findLink(item.links, "self")?.href ?? itemPageUrl(item)}>${text.json}</a>
      </footer>
    </aside>`;
  }

  #body(item: Item) {
    const text = strings.drawer;
    const preview = thumbnailOf(item);
    const shown = this.imagery === "none" ? "about" : this.tab;
    if (shown === "render") return html`<geo-render .item=${item} .value=${this.rendering}></geo-render>`;
    if (shown === "annotations") return html`<geo-annotations .session=${this.session}></geo-annotations>`;
    return html`${preview ? html`<img class="drawer__preview" src=${preview} alt="" />` : nothing}
      ${facts(item, this.collectionTitle)}
      <h3 class="field__label">${text.assets}</h3>
      <ul class="assets">${Object.entries(item.assets ?? {}).map(([key, asset]) => assetRow(key, asset))}</ul>`;
  }

  /** ‹ 2 of 5 › through the scenes that lie at the same place. */
  #stepper() {
    const { position, count } = this.place;
    if (count < 2) return nothing;
    const text = strings.stack;
    const step = (by: number) => () => this.emit("step-stack", by);
    return html`<button type="button" class="icon-button icon-button--small" aria-label=${text.previous} title="${text.previous} [" @click=${step(-1)}>‹</button>
      <span class="drawer__position" role="status">${text.position(position + 1, count)}</span>
      <button type="button" class="icon-button icon-button--small" aria-label=${text.next} title="${text.next} ]" @click=${step(1)}>›</button>`;
  }

  #imagery() {
    const text = strings.drawer;
    if (this.imagery === "none") return html`<p class="notice">${text.noTiles}</p>`;
    if (this.imagery === "error") {
      return html`<p class="notice notice--error" role="alert">${text.tilesFailed}: ${this.message}</p>`;
    }
    const drawn = this.session?.annotations.list.length;
    return html`<div class="imagery-controls">
      <div class="row row--wrap"><div class="segmented row" role="group" aria-label=${text.show}>
        ${TABS.map(
          (
            tab,
          ) => html`<button type="button" class="button button--small" data-tab=${tab} aria-pressed=${this.tab === tab ? "true" : "false"}
            @click=${() => this.emit("tab-change", tab)}>${text.tabs[tab]}${tab === "annotations" && drawn ? html` <small>${drawn}</small>` : nothing}</button>`,
        )}
      </div>
        <button type="button" class="button button--small" title=${strings.compare.begin} data-action="compare"
          aria-pressed=${this.compared ? "true" : "false"} @click=${() => this.emit("compare")}>${strings.compare.short}</button>
        <button type="button" class="icon-button" aria-label=${text.zoom} title=${text.zoom} @click=${() => this.emit("zoom-imagery")}>⤢</button></div>
      <label class="slider">
        <span>${text.opacity}</span>
        <input type="range" min="0" max="100" step="1" name="opacity" .value=${String(Math.round(this.opacity * 100))}
          @input=${(event: Event) => this.emit("opacity-change", Number((event.target as HTMLInputElement).value) / 100)} />
        <output>${Math.round(this.opacity * 100)} %</output>
      </label>
    </div>`;
  }
}

function dateFact(item: Item): [string, string] {
  const { facts: labels } = strings.drawer;
  const kind = dateKind(item);
  if (kind === "undated") return [labels.date, strings.dates.undated];
  return [kind === "file" ? labels.fileDate : labels.date, itemDate(item)];
}

function facts(item: Item, collectionTitle: string) {
  const { facts: labels, noPlace } = strings.drawer;
  const rows: [string, unknown][] = [
    [labels.collection, collectionTitle || item.collection],
    dateFact(item),
    [labels.platform, item.properties.platform],
    [labels.gsd, formatResolution(item)],
    [labels.pixelSize, formatPixelSize(item)],
    [labels.shape, formatShape(item)],
    item.geometry && item.bbox
      ? [labels.bbox, item.bbox.map(formatDegrees).join(", ")]
      : [labels.place, noPlace],
  ];
  return html`<dl class="facts">
    ${rows
      .filter(([, value]) => value !== undefined && value !== "")
      .map(([label, value]) => html`<div><dt>${label}</dt><dd>${value}</dd></div>`)}
  </dl>`;
}

function assetRow(key: string, asset: Asset) {
  return html`<li class="asset">
    <span class="asset__text">
      <span class="asset__title">${asset.title || key}</span>
      <span class="asset__meta">${[shortType(asset.type), formatBytes(asset["file:size"])].filter(Boolean).join(" · ")}</span>
    </span>
    ${
      webHref(asset.href)
        ? html`<a class="button button--quiet button--small" href=${asset.href} download>${strings.drawer.download}</a>`
        : nothing
    }
    <geo-copy text=${asset.href}></geo-copy>
  </li>`;
}

function shortType(type: string | undefined): string {
  if (type?.includes("cloud-optimized")) return "Cloud-optimized GeoTIFF";
  return type?.split(";")[0] ?? "";
}

customElements.define("geo-drawer", GeoDrawer);
