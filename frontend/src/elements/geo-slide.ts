import type { PropertyValues } from "lit";
import { html } from "lit";
import type { TileJson } from "../api/stac";
import type { Session } from "../state/session";
import { strings } from "../strings";
import "./geo-magnifier";
import type { GeoPixels } from "./geo-pixels";
import "./geo-pixels";
import { LightElement } from "./light";

/**
 * The Explorer's imagery in pixel space, with its scale and its magnifications.
 *
 * @fires close-drawer
 * @fires show-whole
 */
export class GeoSlide extends LightElement {
  static override properties = {
    session: { attribute: false },
    pinned: { attribute: false },
    swipe: { attribute: false },
    covered: { attribute: false },
    resolution: { state: true },
  };

  declare session: Session;
  /** As of `geo-pixels`. */
  declare pinned: TileJson | null;
  declare swipe: number;
  declare covered: number;
  /** Image pixels to a screen pixel. */
  declare resolution: number;

  constructor() {
    super();
    this.pinned = null;
    this.swipe = 0.5;
    this.covered = 0;
    this.resolution = 1;
  }

  get pixels(): GeoPixels | null {
    return this.querySelector<GeoPixels>("geo-pixels");
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
  }

  protected override render() {
    const { session } = this;
    const { state, annotations, imagery, selection } = session;
    return html`<geo-pixels .tilejson=${imagery.tilejson} .opacity=${state.opacity} .covered=${this.covered} .tool=${session.tool} .drawn=${state.drawn}
        .annotations=${annotations.list} .chosen=${annotations.chosen} .pinned=${this.pinned} .swipe=${this.swipe} .turn=${state.turn} .flip=${state.flip}
        @turn-pixels=${(event: CustomEvent<{ degrees: number; rests: boolean }>) => {
          const { degrees, rests } = event.detail;
          session.set("turning", rests ? null : degrees);
          if (rests && degrees !== session.state.turn) session.look({ turn: degrees });
        }}
        @zoom-pixels=${(event: CustomEvent<number>) => {
          this.resolution = event.detail;
        }}></geo-pixels>
      <geo-magnifier .item=${selection.item} .resolution=${this.resolution}
        @resolution-change=${(event: CustomEvent<number>) => this.pixels?.zoomTo(event.detail)}></geo-magnifier>
      <button type="button" class="button stage__back" @click=${() => this.emit("close-drawer")}>← ${strings.viewer.backToMap}</button>`;
  }
}

customElements.define("geo-slide", GeoSlide);
