import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { Player } from "../state/player";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Milliseconds that each image is shown: slower than three changes a second, which can harm. */
const SHOWN = 700;
const BEGIN = 0.4;

/**
 * Two images compared: by a handle between them, which pointer and arrow keys move, or one after the other in the same
 * place; and what they are.
 *
 * @fires swipe-change with the part of the width at the left
 * @fires blink-change with whether one is shown after the other
 * @fires unpin
 */
export class GeoSwipe extends LightElement {
  static override properties = {
    value: { attribute: false },
    blink: { attribute: false },
    left: {},
    right: {},
  };

  declare value: number;
  declare blink: boolean;
  declare left: string;
  declare right: string;
  readonly #player = new Player(this, { act: () => this.#turn(), pause: () => SHOWN });

  constructor() {
    super();
    this.value = BEGIN;
    this.blink = false;
    this.left = "";
    this.right = "";
  }

  /** By hand; begins to blink where nothing does. */
  switch(): void {
    this.#player.stop();
    if (this.blink) this.#turn();
    else this.emit("blink-change", true);
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("blink") || (!this.blink && changed.get("blink") === undefined)) return;
    this.#player.stop();
    if (!this.blink) this.emit("swipe-change", BEGIN);
    else if (window.matchMedia("(prefers-reduced-motion: reduce)").matches) this.#turn();
    else this.#player.toggle();
  }

  protected override render() {
    const text = strings.compare;
    const shown = (left: boolean) => (this.blink && left === this.#atLeft ? "is-shown" : "");
    return html`${this.blink ? nothing : this.#handle()}
      <p class="swipe__sides ${this.blink ? "is-blinking" : ""}"><span class=${shown(true)}>${this.left}</span>
        <button type="button" class="link" data-action="blink" aria-pressed=${this.blink ? "true" : "false"} title=${text.blinkHint}
          @click=${() => this.emit("blink-change", !this.blink)}>${text.blink}</button>
        ${this.blink ? this.#play() : nothing}
        <button type="button" class="link" @click=${() => this.emit("unpin")}>${text.end}</button>
        <span class=${shown(false)}>${this.right}</span></p>`;
  }

  #handle() {
    const text = strings.compare;
    return html`<input class="swipe" type="range" min="0" max="1000" step="5" .value=${String(this.value * 1000)} aria-label=${text.handle}
      aria-valuetext=${text.part(this.value)}
      @input=${(event: Event) => this.emit("swipe-change", Number((event.target as HTMLInputElement).value) / 1000)} />`;
  }

  #play() {
    const { playing } = this.#player;
    const label = playing ? strings.time.pause : strings.time.play;
    return html`<button type="button" class="link" data-action="play" aria-label=${label} title=${label} @click=${() => this.#player.toggle()}>${playing ? "❚❚" : "▶"}</button>`;
  }

  get #atLeft(): boolean {
    return this.value >= 0.5;
  }

  #turn(): void {
    this.emit("swipe-change", this.#atLeft ? 0 : 1);
  }
}

customElements.define("geo-swipe", GeoSwipe);
