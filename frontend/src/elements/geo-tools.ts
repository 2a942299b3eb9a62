import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { describe } from "../api/http";
import type { Bbox } from "../api/stac";
import type { Session } from "../state/session";
import { strings } from "../strings";
import "./geo-turn";
import { LightElement } from "./light";

/** What the map can do beside showing: search as it moves, and show all that is found as imagery. */
export class GeoTools extends LightElement {
  static override properties = { session: { attribute: false }, bbox: { attribute: false } };

  declare session: Session;
  /** What the map shows. */
  bbox: () => Bbox | null = () => null;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
  }

  #measuring() {
    const { session } = this;
    const text = strings.measure;
    const button = (tool: "LineString" | "Polygon", label: string, path: string) =>
      html`<button type="button" class="stage__tool stage__tool--icon" data-tool=${tool} aria-label=${label} title=${label}
        aria-pressed=${session.tool === tool ? "true" : "false"}
        @click=${() => session.measure(session.tool === tool ? "" : tool)}>
        <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linejoin="round" aria-hidden="true"><path d=${path}></path></svg></button>`;
    return html`${button("LineString", text.line, "M4 15 15 4l5 5L9 20zM8 11l2 2M11 8l3 3M14 5l2 2")}
      ${button("Polygon", text.polygon, "M5 6 19 4l1 13-9 3-7-5z")}`;
  }

  async #snapshot(): Promise<void> {
    const { session } = this;
    try {
      const { saveView } = await import("../map/snapshot");
      await saveView(this.closest("geo-stage") ?? document.body, session.selection.item?.id ?? "");
    } catch (error) {
      session.tell(`${strings.viewer.snapshotFailed}: ${describe(error).message}`);
    }
  }

  /** In pixel space nothing is searched. */
  get #searching() {
    const { session } = this;
    const { follow, mosaic } = session.state;
    if (session.pixelSize !== null || session.state.pinned) return nothing;
    return html`<label class="stage__tool"><input type="checkbox" name="follow" .checked=${follow}
        @change=${() => session.filter({ follow: !follow, bbox: follow ? null : this.bbox(), area: null })} />
        ${strings.viewer.follow}</label>
      <label class="stage__tool" title=${strings.mosaic.hint}><input type="checkbox" name="mosaic" .checked=${mosaic}
        @change=${() => session.toggleMosaic()} />
        ${strings.mosaic.show}</label>`;
  }

  protected override render() {
    const { session } = this;
    return html`${this.#searching} ${this.#measuring()}
      <button type="button" class="stage__tool stage__tool--icon" data-action="snapshot" aria-label=${strings.viewer.snapshot} title=${strings.viewer.snapshot}
        @click=${() => this.#snapshot()}>
        <svg width="18" height="18" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.9" stroke-linejoin="round" aria-hidden="true"><path d="M3 7h4l2-3h6l2 3h4v13H3zM12 10a3.6 3.6 0 1 0 .01 0"></path></svg></button>
      ${session.pixelSize === null ? nothing : html`<geo-turn .session=${session}></geo-turn>`}`;
  }
}

customElements.define("geo-tools", GeoTools);
