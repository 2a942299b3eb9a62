import { html, nothing } from "lit";
import { requestJson } from "../api/http";
import { findLink, type Item, ownHref } from "../api/stac";
import { describeRange, describeStyle } from "../state/bands";
import { NO_STYLE, type Style } from "../state/style";
import { strings } from "../strings";
import { LightElement } from "./light";
import "./geo-swatch";

interface Rendering {
  rescale?: [number, number][];
  colormap_name?: string;
}

/**
 * Says exactly what is shown, and opens what changes it.
 *
 * @fires open-render
 */
export class GeoLegend extends LightElement {
  static override properties = {
    item: { attribute: false },
    value: { attribute: false },
    renders: { state: true },
  };

  declare item: Item | null;
  declare value: Style;
  /** The renderings of the collection that `href` is the document of. */
  declare renders: { href: string; all: Record<string, Rendering> } | null;

  constructor() {
    super();
    this.item = null;
    this.value = NO_STYLE;
    this.renders = null;
  }

  protected override willUpdate(): void {
    const { render } = this.value;
    const href = render && ownHref(findLink(this.item?.links ?? [], "collection")?.href);
    if (!href || this.renders?.href === href) return;
    this.renders = { href, all: {} };
    requestJson<{ renders?: Record<string, Rendering> }>(href).then(
      ({ renders = {} }) => {
        if (this.renders?.href === href) this.renders = { href, all: renders };
      },
      () => {},
    );
  }

  protected override render() {
    if (!this.item?.assets) return nothing;
    const { title, ...own } = describeStyle(this.item, this.value);
    const rendering = this.renders?.all[this.value.render];
    const [range] = rendering?.rescale ?? [];
    const colormap = own.colormap || rendering?.colormap_name || "";
    const ranges = own.ranges || (range ? describeRange(range) : "");
    return html`<button type="button" class="legend" title=${strings.render.open} @click=${() => this.emit("open-render")}>
      <span class="legend__title">${title}</span>
      ${colormap ? html`<geo-swatch name=${colormap}></geo-swatch>` : nothing}
      ${ranges ? html`<span class="legend__range">${ranges}</span>` : nothing}
    </button>`;
  }
}

customElements.define("geo-legend", GeoLegend);
