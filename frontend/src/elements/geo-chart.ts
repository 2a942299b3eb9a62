import type { PropertyValues } from "lit";
import uPlot from "uplot";
import "../styles/chart.css";
import { short } from "../state/bands";
import { LightElement } from "./light";

export interface ChartSeries {
  label: string;
  values: (number | null)[];
}

/** Lines over time or distance, or bars over values. Loaded when one is shown. */
export class GeoChart extends LightElement {
  static override properties = {
    x: { attribute: false },
    series: { attribute: false },
    kind: {},
    label: {},
  };

  /** Seconds since 1970 for `time`, else numbers. */
  declare x: number[];
  declare series: ChartSeries[];
  declare kind: "time" | "line" | "bars";
  declare label: string;
  #plot: uPlot | null = null;
  readonly #watch = new ResizeObserver(() => this.#fit());

  constructor() {
    super();
    this.x = [];
    this.series = [];
    this.kind = "line";
    this.label = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.setAttribute("role", "img");
    this.#watch.observe(this);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watch.disconnect();
    this.#plot?.destroy();
    this.#plot = null;
  }

  protected override updated(_changed: PropertyValues<this>): void {
    this.setAttribute("aria-label", this.label);
    this.#plot?.destroy();
    this.#plot = new uPlot(this.#options, [this.x, ...this.series.map(({ values }) => values)], this);
  }

  #fit(): void {
    this.#plot?.setSize(this.#size);
  }

  get #size() {
    const legend = this.querySelector(".u-legend")?.clientHeight ?? 30;
    return { width: Math.max(200, this.clientWidth), height: Math.max(90, this.clientHeight - legend) };
  }

  /** As a canvas understands it: variables hold a colour for each theme. */
  #color(name: string): string {
    // Else a transition would begin, and its first colour be read.
    this.style.setProperty("transition", "none", "important");
    this.style.color = `var(${name})`;
    const { color } = getComputedStyle(this);
    this.style.color = "";
    return color;
  }

  get #options(): uPlot.Options {
    const color = (name: string) => this.#color(name);
    const [ink, line] = [color("--map-label"), color("--map-graticule")];
    const axis: uPlot.Axis = { stroke: ink, grid: { stroke: line, width: 1 }, ticks: { stroke: line } };
    const bars = this.kind === "bars" && uPlot.paths.bars?.({ size: [0.95] });
    const colors = CURVES.map(color);
    return {
      ...this.#size,
      legend: {
        show: this.kind !== "bars",
        markers: { fill: (_plot, at) => colors[(at - 1) % colors.length] ?? ink },
      },
      scales: { x: { time: this.kind === "time" } },
      // 100,000 would not fit beside the bars, and 100K does.
      axes: [axis, { ...axis, size: 60, values: (_plot, at) => at.map((value) => COMPACT.format(value)) }],
      cursor: { drag: { x: true, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1e3), "UTC"),
      series: [
        this.kind === "time" ? {} : { value: (_plot, value) => (value === null ? "–" : short(value)) },
        ...this.series.map(({ label }, at) => ({
          label,
          stroke: colors[at % colors.length] ?? ink,
          width: 1.75,
          spanGaps: this.kind === "time",
          points: { show: this.kind === "time", size: 6 },
          value: (_plot: uPlot, value: number | null) => (value === null ? "–" : short(value)),
          ...(bars && { paths: bars, fill: colors[at % colors.length] ?? ink }),
        })),
      ],
    };
  }
}

const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumSignificantDigits: 4 });
const CURVES = ["--curve-1", "--curve-2", "--curve-3", "--curve-4", "--curve-5", "--curve-6"];

customElements.define("geo-chart", GeoChart);
