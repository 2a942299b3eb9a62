import { html, nothing, svg } from "lit";
import type { Day } from "../api/aggregations";
import { formatDay } from "../api/format";
import { Player } from "../state/player";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Milliseconds that a day is shown at least, at the usual speed. */
const SHOWN = 900;
const SPEEDS = [0.5, 1, 2, 4];

/**
 * Days on which something was acquired: to step and to play through.
 *
 * @fires day-change with the day, empty for all
 */
export class GeoTime extends LightElement {
  static override properties = {
    days: { attribute: false },
    value: {},
    speed: { state: true },
  };

  declare days: Day[];
  declare value: string;
  declare speed: number;
  /** Whether what was last asked for is drawn; the next day waits for it. */
  isDrawn: () => boolean = () => true;
  readonly #player = new Player(this, {
    act: () => this.step(1),
    pause: () => SHOWN / this.speed,
    isReady: () => this.isDrawn(),
  });

  constructor() {
    super();
    this.days = [];
    this.value = "";
    this.speed = 1;
  }

  /** To the day `by` days on; beyond the last one is the first. */
  step(by: number): void {
    const { days } = this;
    if (!days.length) return;
    const at = this.#at;
    const next = at < 0 ? (by > 0 ? 0 : days.length - 1) : (at + by + days.length) % days.length;
    this.emit("day-change", days[next]?.day ?? "");
  }

  play(): void {
    this.#player.toggle();
  }

  protected override render() {
    const { days } = this;
    const text = strings.time;
    const { playing } = this.#player;
    if (days.length < 2) return nothing;
    const at = this.#at;
    const day = days[at];
    return html`<div class="timebar" role="group" aria-label=${text.label}>
      <button type="button" class="icon-button icon-button--small" aria-label=${text.previous} title="${text.previous} ," @click=${() => this.step(-1)}>‹</button>
      <button type="button" class="icon-button icon-button--small" data-action="play" aria-label=${playing ? text.pause : text.play}
        title="${playing ? text.pause : text.play} p" @click=${() => this.play()}>${playing ? "❚❚" : "▶"}</button>
      <button type="button" class="icon-button icon-button--small" aria-label=${text.next} title="${text.next} ." @click=${() => this.step(1)}>›</button>
      <div class="timebar__track">
        <svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${this.#ticks()}</svg>
        <input type="range" min="0" max=${days.length - 1} step="1" .value=${String(Math.max(0, at))} name="day" aria-label=${text.day}
          aria-valuetext=${day ? formatDay(day.day) : text.all} class=${at < 0 ? "is-unset" : ""}
          @input=${(event: Event) => this.emit("day-change", days[Number((event.target as HTMLInputElement).value)]?.day ?? "")} />
      </div>
      <span class="timebar__day" role="status">${day ? html`${formatDay(day.day)} <small>${text.scenes(day.count)}</small>` : text.days(days.length)}</span>
      ${day ? html`<button type="button" class="link" data-action="all-days" @click=${() => this.#all()}>${text.all}</button>` : nothing}
      <label><span class="visually-hidden">${text.speed}</span><select name="speed" @change=${(
        event: Event,
      ) => {
        this.speed = Number((event.target as HTMLSelectElement).value);
      }}>${SPEEDS.map((speed) => html`<option value=${speed} ?selected=${speed === this.speed}>${speed}×</option>`)}</select></label>
    </div>`;
  }

  #ticks() {
    const { days } = this;
    const most = Math.max(...days.map(({ count }) => count), 1);
    const path = days
      .map(({ count }, at) => {
        const x = days.length > 1 ? (at / (days.length - 1)) * 100 : 50;
        return `M${x.toFixed(2)} 10V${(10 - 3 - (count / most) * 7).toFixed(1)}`;
      })
      .join("");
    return svg`<path d=${path} vector-effect="non-scaling-stroke"></path>`;
  }

  get #at(): number {
    return this.days.findIndex(({ day }) => day === this.value);
  }

  #all(): void {
    this.#player.stop();
    this.emit("day-change", "");
  }
}

customElements.define("geo-time", GeoTime);
