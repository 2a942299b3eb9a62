import type { PropertyValues } from "lit";
import { html, nothing, svg } from "lit";
import { countMonths, type Month } from "../api/aggregations";
import { formatDay } from "../api/format";
import { Latest } from "../api/latest";
import { type Filters, filterQuery } from "../api/stac";
import { strings } from "../strings";
import { LightElement } from "./light";

const HEIGHT = 36;

/**
 * When what is found was acquired, month by month; dragging across it limits the search to these months. The same is
 * done by the two date fields, which keyboards and screen readers use.
 *
 * @fires dates-change with the first and the last day
 */
export class GeoTimeline extends LightElement {
  static override properties = {
    filters: { attribute: false },
    months: { state: true },
    brush: { state: true },
  };

  declare filters: Filters;
  declare months: Month[];
  /** First and last month while they are dragged. */
  declare brush: [number, number] | null;
  #asked: string | null = null;
  readonly #latest = new Latest();

  constructor() {
    super();
    this.months = [];
    this.brush = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#latest.stop();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("filters")) return;
    const query = filterQuery({ ...this.filters, from: "", to: "" });
    if (query === this.#asked) return;
    this.#asked = query;
    void this.#count();
  }

  protected override render() {
    const { months } = this;
    if (months.length < 2) return nothing;
    const tallest = Math.max(...months.map(({ count }) => Math.sqrt(count)), 1);
    const width = 100 / months.length;
    const [first, last] = this.#chosen;
    return html`<div class="timeline" title=${strings.timeline.hint}>
      <svg viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true"
        @pointerdown=${this.#start} @pointermove=${this.#move} @pointerup=${this.#end} @pointercancel=${this.#cancel}>
        ${months.map(({ count }, at) => {
          const height = (Math.sqrt(count) / tallest) * (HEIGHT - 2);
          return svg`<rect class=${at >= first && at <= last ? "is-chosen" : ""} x=${at * width} width=${width * 0.86}
            y=${HEIGHT - height} height=${height}></rect>`;
        })}
      </svg>
      <p class="row row--between timeline__ends"><span>${formatDay(months[first]?.from)}</span>
        <span class="visually-hidden" role="status">${this.brush ? "" : strings.timeline.found(months.reduce((sum, { count }) => sum + count, 0))}</span>
        <span>${formatDay(months[last]?.to)}</span></p>
    </div>`;
  }

  get #chosen(): [number, number] {
    const { brush, months } = this;
    if (brush) return brush[0] <= brush[1] ? brush : [brush[1], brush[0]];
    const { from, to } = this.filters;
    const first = from ? months.findIndex((month) => month.to >= from) : 0;
    const last = to ? months.findLastIndex((month) => month.from <= to) : months.length - 1;
    return [first < 0 ? months.length : first, last];
  }

  #monthAt(event: PointerEvent): number {
    const { left, width } = (event.currentTarget as Element).getBoundingClientRect();
    const at = Math.floor(((event.clientX - left) / width) * this.months.length);
    return Math.min(this.months.length - 1, Math.max(0, at));
  }

  readonly #start = (event: PointerEvent): void => {
    (event.currentTarget as Element).setPointerCapture(event.pointerId);
    const at = this.#monthAt(event);
    this.brush = [at, at];
  };

  readonly #move = (event: PointerEvent): void => {
    if (this.brush) this.brush = [this.brush[0], this.#monthAt(event)];
  };

  readonly #end = (): void => {
    if (!this.brush) return;
    const [first, last] = this.#chosen;
    this.brush = null;
    this.emit("dates-change", { from: this.months[first]?.from ?? "", to: this.months[last]?.to ?? "" });
  };

  readonly #cancel = (): void => {
    this.brush = null;
  };

  async #count(): Promise<void> {
    await this.#latest.ask(
      (signal) => countMonths(this.filters, signal),
      (months) => {
        this.months = months;
      },
      () => {
        // The search itself says what is wrong with the filters.
        this.months = [];
      },
    );
  }
}

customElements.define("geo-timeline", GeoTimeline);
