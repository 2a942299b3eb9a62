import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { formatDay } from "../api/format";
import { styleTitle } from "../state/bands";
import type { Session } from "../state/session";
import { strings } from "../strings";
import "./geo-legend";
import type { Pointed } from "./geo-readout";
import "./geo-readout";
import { LightElement } from "./light";

/** What keys step and play through. */
interface Steps {
  step(by: number): void;
  play(): void;
}

/**
 * Below the imagery: what it is under the pointer, what is shown, and when it was taken.
 *
 * @fires open-render
 */
export class GeoBottom extends LightElement {
  static override properties = {
    session: { attribute: false },
    pointed: { attribute: false },
  };

  declare session: Session;
  declare pointed: Pointed | null;
  /** Whether all that was asked for is drawn. */
  isDrawn: () => boolean = () => true;

  constructor() {
    super();
    this.pointed = null;
  }

  get time(): Steps | null {
    return this.querySelector<HTMLElement & Steps>("geo-time, geo-planes:defined");
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
    const { state } = this.session;
    if (state.mosaic) void import("./geo-time");
    if (this.session.pixelSize !== null) void import("./geo-planes");
    if (state.at) void import("./geo-series");
    if (this.#measures) void import("./geo-measure");
  }

  /** A point has neither length nor area. */
  get #measures(): boolean {
    const kind = this.session.tool || this.session.state.drawn?.type;
    return kind !== undefined && kind !== "Point";
  }

  protected override render() {
    const { session } = this;
    const { state, selection, imagery } = session;
    const shown = imagery.tilejson ? selection.item : null;
    return html`<div class="stage__reading">
        <geo-readout .item=${shown} .value=${state.style} .pointed=${this.pointed}></geo-readout>
        <geo-legend .item=${shown} .value=${state.style}></geo-legend>
        ${!shown && state.mosaic ? this.#legend() : nothing}
      </div>
      ${
        state.mosaic && !shown
          ? html`<geo-time .days=${session.mosaic.days} .value=${state.day} .isDrawn=${this.isDrawn}
            @day-change=${(event: CustomEvent<string>) => session.showDay(event.detail)}></geo-time>`
          : nothing
      }
      ${shown && session.pixelSize !== null ? html`<geo-planes .session=${session} .isDrawn=${this.isDrawn}></geo-planes>` : nothing}
      ${this.#measures ? html`<geo-measure .session=${session}></geo-measure>` : nothing}
      ${state.at ? html`<geo-series .session=${session}></geo-series>` : nothing}`;
  }

  /** Of all that is found as one layer. */
  #legend() {
    const { state, search, mosaic } = this.session;
    if (mosaic.status !== "ready") return nothing;
    const day = mosaic.days.find((each) => each.day === state.day);
    const count = day ? day.count : (search.total ?? search.items.length);
    const parts = [strings.mosaic.of(count), day && formatDay(day.day), styleTitle(state.style)];
    return html`<p class="legend legend--still">${parts.filter(Boolean).join(" · ")}</p>`;
  }
}

customElements.define("geo-bottom", GeoBottom);
