import type { PropertyValues } from "lit";
import { html } from "lit";
import { requestJson } from "../api/http";
import { Latest } from "../api/latest";
import { type Axis, axesOf, type PlaneCounts, type Planes, stepped, withPlane } from "../state/planes";
import { Player } from "../state/player";
import type { Session } from "../state/session";
import { imageryUrl, NO_STYLE } from "../state/style";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Milliseconds that a plane is shown at least. */
const SHOWN = 500;

/** Focus, time or pages of an image in pixel space: to step and to play through. */
export class GeoPlanes extends LightElement {
  static override properties = {
    session: { attribute: false },
    axes: { state: true },
    played: { state: true },
  };

  declare session: Session;
  declare axes: [Axis, number][];
  /** The axis that is played or was stepped along last. */
  declare played: Axis | null;
  /** Whether what was last asked for is drawn; the next plane waits for it. */
  isDrawn: () => boolean = () => true;
  readonly #player = new Player(this, {
    act: () => this.step(1),
    pause: () => SHOWN,
    isReady: () => this.isDrawn(),
  });
  readonly #latest = new Latest();
  #asked = "";

  constructor() {
    super();
    this.axes = [];
    this.played = null;
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#latest.stop();
  }

  step(by: number): void {
    const along = this.#along;
    if (along) this.#show(stepped(this.#planes, along, by));
  }

  play(): void {
    if (this.#along) this.#player.toggle();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
    const { item } = this.session.selection;
    const { assets } = this.session.state.style;
    const url = item?.assets && imageryUrl(item, { ...NO_STYLE, assets }, "info/metadata");
    if (!url || url === this.#asked) return;
    this.#asked = url;
    this.axes = [];
    this.played = null;
    this.#player.stop();
    void this.#latest.ask(
      (signal) => requestJson<PlaneCounts>(url, { signal }),
      (counts) => {
        this.axes = axesOf(counts);
      },
      // One plane can be shown all the same.
      () => {},
    );
  }

  protected override render() {
    return this.axes.map((axis) => this.#bar(axis));
  }

  #bar([axis, count]: [Axis, number]) {
    const text = strings.planes;
    const name = text.axes[axis];
    const number = Math.min(this.#planes[axis] ?? 0, count - 1);
    const playing = this.#player.playing && this.#along?.[0] === axis;
    const along = (act: () => void) => () => {
      if (this.played !== axis) this.#player.stop();
      this.played = axis;
      act();
    };
    const button = (label: string, sign: string, act: () => void, action: string) =>
      html`<button type="button" class="icon-button icon-button--small" data-action=${action} aria-label=${label} title=${label} @click=${along(act)}>${sign}</button>`;
    return html`<div class="timebar" role="group" aria-label=${name} data-axis=${axis}>
      ${button(text.previous(name), "‹", () => this.step(-1), "previous")}
      ${button(playing ? strings.time.pause : text.play(name), playing ? "❚❚" : "▶", () => this.play(), "play")}
      ${button(text.next(name), "›", () => this.step(1), "next")}
      <span class="timebar__axis" aria-hidden="true">${name}</span>
      <input type="range" min="0" max=${count - 1} step="1" name=${axis} .value=${String(number)} aria-label=${name}
        aria-valuetext=${text.position(number + 1, count)}
        @input=${(event: Event) => this.#show(withPlane(this.#planes, axis, Number((event.target as HTMLInputElement).value)))} />
      <output class="timebar__plane">${text.position(number + 1, count)}</output>
    </div>`;
  }

  get #planes(): Planes {
    return this.session.state.style.planes;
  }

  get #along(): [Axis, number] | undefined {
    return this.axes.find(([axis]) => axis === this.played) ?? this.axes[0];
  }

  #show(planes: Planes): void {
    this.session.restyle({ ...this.session.state.style, planes });
  }
}

customElements.define("geo-planes", GeoPlanes);
