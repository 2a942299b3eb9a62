import { html, nothing, svg } from "lit";
import type { Histogram } from "../api/imagery";
import { short } from "../state/bands";
import { strings } from "../strings";
import { LightElement } from "./light";

const STEPS = 400;
const HEIGHT = 48;

/**
 * How often each value occurs, with two handles for what becomes black and what full.
 *
 * @fires range-change with the two values, once a handle is let go or a number typed
 */
export class GeoHistogram extends LightElement {
  static override properties = {
    histogram: { attribute: false },
    low: { attribute: false },
    high: { attribute: false },
    label: {},
    channel: {},
    drag: { state: true },
  };

  declare histogram: Histogram | null;
  declare low: number;
  declare high: number;
  declare label: string;
  /** `red`, `green`, `blue`, or empty for one band. */
  declare channel: string;
  /** Where the handles are while one is dragged. */
  declare drag: [number, number] | null;

  constructor() {
    super();
    this.histogram = null;
    this.low = 0;
    this.high = 1;
    this.label = "";
    this.channel = "";
    this.drag = null;
  }

  protected override render() {
    const [low, high] = this.drag ?? [this.low, this.high];
    const [from, to] = this.#domain;
    const text = strings.render;
    return html`<div class="histogram" data-channel=${this.channel}>
      <div class="row row--between">
        <span class="field__label">${this.label}</span>
        <span class="row histogram__numbers">
          ${this.#number("low", low, text.low)}<span class="muted" aria-hidden="true">–</span>${this.#number("high", high, text.high)}
        </span>
      </div>
      <div class="histogram__plot">
        <svg viewBox="0 0 100 ${HEIGHT}" preserveAspectRatio="none" aria-hidden="true">
          ${this.#bars()}
          <rect class="histogram__outside" x="0" y="0" height=${HEIGHT} width=${Math.max(0, this.#percent(low))}></rect>
          <rect class="histogram__outside" x=${Math.min(100, this.#percent(high))} y="0" height=${HEIGHT}
            width=${Math.max(0, 100 - this.#percent(high))}></rect>
        </svg>
        ${this.#handle(0, low, from, to, `${this.label}: ${text.low}`)}
        ${this.#handle(1, high, from, to, `${this.label}: ${text.high}`)}
      </div>
    </div>`;
  }

  get #domain(): [number, number] {
    const { histogram, low, high } = this;
    return histogram ? [Math.min(histogram.min, low), Math.max(histogram.max, high)] : [low, high];
  }

  #percent(value: number): number {
    const [from, to] = this.#domain;
    return to > from ? ((value - from) / (to - from)) * 100 : 0;
  }

  #bars() {
    const { histogram } = this;
    if (!histogram) return nothing;
    // Square roots: a sea of one value leaves the rest to be seen.
    const heights = histogram.counts.map(Math.sqrt);
    const tallest = Math.max(...heights, 1e-9);
    const [start, end] = [this.#percent(histogram.min), this.#percent(histogram.max)];
    const width = (end - start) / heights.length;
    const path = heights
      .map((height, at) => {
        const [x, y] = [start + at * width, HEIGHT - (height / tallest) * (HEIGHT - 3)];
        return `M${x.toFixed(2)} ${HEIGHT}V${y.toFixed(2)}h${width.toFixed(3)}V${HEIGHT}`;
      })
      .join("");
    return svg`<path class="histogram__bars" d=${path}></path>`;
  }

  #handle(which: 0 | 1, value: number, from: number, to: number, label: string) {
    const read = (event: Event): [number, number] => {
      const moved = Number((event.target as HTMLInputElement).value);
      const [low, high] = this.drag ?? [this.low, this.high];
      const least = (to - from) / STEPS;
      return which === 0 ? [Math.min(moved, high - least), high] : [low, Math.max(moved, low + least)];
    };
    return html`<input class="histogram__handle" type="range" min=${from} max=${to} step=${(to - from) / STEPS || "any"}
      .value=${String(value)} aria-label=${label} aria-valuetext=${short(value)}
      @input=${(event: Event) => {
        this.drag = read(event);
      }}
      @change=${(event: Event) => this.#set(read(event))} />`;
  }

  #number(which: "low" | "high", value: number, label: string) {
    return html`<input class="input" inputmode="decimal" aria-label="${this.label}: ${label}" .value=${String(Number(value.toPrecision(5)))}
      @change=${(event: Event) => {
        const typed = Number((event.target as HTMLInputElement).value);
        const next: [number, number] = which === "low" ? [typed, this.high] : [this.low, typed];
        if (Number.isFinite(typed) && next[0] < next[1]) this.#set(next);
        else this.requestUpdate();
      }} />`;
  }

  #set(range: [number, number]): void {
    this.drag = null;
    this.emit(
      "range-change",
      range.map((value) => Number(value.toPrecision(6))),
    );
  }
}

customElements.define("geo-histogram", GeoHistogram);
