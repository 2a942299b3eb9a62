import type { PropertyValues } from "lit";
import { html } from "lit";
import { upright } from "../map/turn";
import type { Session } from "../state/session";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Turns and mirrors an image in pixel space, and says how far it is turned. */
export class GeoTurn extends LightElement {
  static override properties = { session: { attribute: false } };

  declare session: Session;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
  }

  protected override render() {
    const text = strings.viewer;
    const { flip } = this.session.state;
    const turn = this.session.turning ?? this.session.state.turn;
    const step = (by: number) => () => this.session.look({ turn: upright(turn + by) });
    const icon = (path: string) =>
      html`<svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${path}></path></svg>`;
    return html`<div class="stage__tool turn" role="group" aria-label=${text.turn}>
        <button type="button" data-turn="left" aria-label=${text.turnLeft} title=${text.turnHint(text.turnLeft)} @click=${step(-90)}>${icon("M4 5v5h5M4.6 10a8 8 0 1 1-.3 5")}</button>
        <button type="button" data-turn="upright" title=${text.upright} aria-label=${text.turned(turn)} ?disabled=${turn === 0}
          @click=${() => this.session.look({ turn: 0 })}>${turn}°</button>
        <button type="button" data-turn="right" aria-label=${text.turnRight} title=${text.turnHint(text.turnRight)} @click=${step(90)}>${icon("M20 5v5h-5M19.4 10a8 8 0 1 0 .3 5")}</button>
      </div>
      <button type="button" class="stage__tool stage__tool--icon" data-action="flip" aria-label=${text.flip} title=${text.flip}
        aria-pressed=${flip ? "true" : "false"}
        @click=${() => this.session.look({ flip: !flip, turn: upright(-turn) })}>${icon("M12 3v18M9 7v10H3zM15 7v10h6z")}</button>`;
  }
}

customElements.define("geo-turn", GeoTurn);
