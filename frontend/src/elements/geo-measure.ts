import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { csv, download } from "../api/download";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
import { fetchProfile, fetchRegion, fetchZone, type Profile, type Zone } from "../api/measure";
import { measure } from "../map/measure";
import type { Shape } from "../map/sketch";
import { short } from "../state/bands";
import type { Session } from "../state/session";
import { strings } from "../strings";
import "./geo-chart";
import { LightElement } from "./light";

const NUMBERS = ["mean", "median", "std", "min", "max"] as const;

/** How long or large what is drawn is, and what the shown imagery holds there. */
export class GeoMeasure extends LightElement {
  static override properties = {
    session: { attribute: false },
    profile: { state: true },
    zones: { state: true },
    band: { state: true },
    message: { state: true },
    busy: { state: true },
  };

  declare session: Session;
  declare profile: Profile | null;
  declare zones: Record<string, Zone> | null;
  /** Whose histogram is shown. */
  declare band: string;
  declare message: string;
  /** The format that is being fetched. */
  declare busy: string;
  #asked = "";
  readonly #latest = new Latest();

  constructor() {
    super();
    this.profile = null;
    this.zones = null;
    this.band = "";
    this.message = "";
    this.busy = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#latest.stop();
    this.#asked = "";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
    const { drawn } = this.session.state;
    const url = drawn
      ? this.session.valuesUrl(drawn.type === "Polygon" ? "data/statistics" : "data/profile")
      : undefined;
    const wanted = url ? url + JSON.stringify(drawn) : "";
    if (wanted === this.#asked) return;
    this.#asked = wanted;
    this.#latest.stop();
    this.profile = this.zones = null;
    this.message = "";
    if (drawn && url) void this.#load(url, drawn);
  }

  protected override render() {
    const { session } = this;
    const text = strings.measure;
    const shape = session.sketching ?? session.state.drawn;
    if (!shape)
      return html`<p class="legend legend--still" role="status">${text.begin(session.tool === "Polygon")}</p>`;
    const numbers = measure(shape, session.pixelSize);
    return html`<section class="dock" aria-label=${text.title}>
      <header class="dock__head">
        <h2 aria-live="polite">${shape.type === "Polygon" ? text.area : text.distance} <b data-measured>${numbers[0]}</b>
          ${numbers[1] ? html`<small>${text.around(numbers[1])}</small>` : nothing}</h2>
        <div class="row">${session.sketching ? nothing : this.#takeAway(shape)}
          <button type="button" class="icon-button icon-button--small" aria-label=${strings.close} @click=${() => session.measure("")}>×</button></div>
      </header>
      ${this.message ? html`<p class="notice notice--error" role="alert">${this.message}</p>` : nothing}
      ${session.sketching ? html`<p class="dock__note">${text.finish}</p>` : this.#body()}
    </section>`;
  }

  #body() {
    const { profile, zones } = this;
    const text = strings.measure;
    if (profile) {
      return html`<geo-chart class="dock__chart" kind="line" .x=${profile.distances}
        .series=${profile.band_names.map((label, at) => ({ label, values: profile.values[at] ?? [] }))}
        .label=${text.profile(profile.band_names.join(", "))}></geo-chart>
        <p class="dock__note">${text.along(profile.unit)}</p>`;
    }
    if (zones) return this.#zones(zones);
    if (this.#asked && !this.message) return html`<p class="dock__note" role="status">${text.loading}</p>`;
    return this.#asked ? nothing : html`<p class="dock__note">${text.noImagery}</p>`;
  }

  #zones(zones: Record<string, Zone>) {
    const text = strings.measure;
    const names = Object.keys(zones);
    const shown = zones[this.band] ?? zones[names[0] ?? ""];
    const [counts = [], edges = []] = shown?.histogram ?? [];
    return html`<div class="zone">
      <div class="zone__table" tabindex="0" role="group" aria-label=${text.statistics}><table>
        <thead><tr><th scope="col">${strings.render.band}</th>${NUMBERS.map((name) => html`<th scope="col">${text.numbers[name]}</th>`)}
          <th scope="col">${text.valid}</th></tr></thead>
        <tbody>${Object.entries(zones).map(
          ([name, zone]) => html`<tr class=${zone === shown ? "is-shown" : ""}>
            <th scope="row"><button type="button" class="link" aria-pressed=${zone === shown ? "true" : "false"}
              @click=${() => {
                this.band = name;
              }}>${name}</button></th>
            ${NUMBERS.map((number) => html`<td>${zone[number] === null ? "–" : short(zone[number])}</td>`)}
            <td>${Math.round(zone.valid_percent)} %</td></tr>`,
        )}</tbody></table></div>
      <geo-chart class="dock__chart" kind="bars" .x=${edges.slice(0, -1).map((edge, at) => (edge + (edges[at + 1] ?? edge)) / 2)}
        .series=${[{ label: this.band || (names[0] ?? ""), values: counts }]} .label=${text.histogram(this.band || (names[0] ?? ""))}></geo-chart>
    </div>`;
  }

  #takeAway(shape: Shape) {
    const text = strings.measure;
    const table = this.profile || this.zones;
    const format = (name: string, label: string) =>
      html`<button type="button" class="button button--small" data-format=${name} ?disabled=${this.busy !== ""}
        @click=${() => void this.#region(name, shape)}>${this.busy === name ? text.working : label}</button>`;
    const polygon = shape.type === "Polygon" && this.session.valuesUrl("data/statistics");
    const area = shape.type === "Polygon" && this.session.pixelSize === null;
    return html`${area ? html`<button type="button" class="button button--small" data-action="search-here" @click=${() => this.#search(shape)}>${text.search}</button>` : nothing}
      ${polygon ? html`${format("tif", "GeoTIFF")} ${format("png", "PNG")}` : nothing}
      ${table ? html`<button type="button" class="button button--small" data-action="csv" @click=${() => this.#save()}>CSV</button>` : nothing}
      <button type="button" class="button button--small" data-action="geojson" @click=${() => {
        const feature = { type: "Feature", properties: {}, geometry: shape };
        download("drawn.geojson", JSON.stringify(feature), "application/geo+json");
      }}>GeoJSON</button>`;
  }

  /** What is found lies in the polygon. */
  #search(shape: Shape): void {
    if (shape.type !== "Polygon") return;
    const ring = shape.coordinates[0]?.slice(0, -1) ?? [];
    this.session.measure("");
    this.session.filter({ area: [ring], bbox: null, follow: false });
  }

  #save(): void {
    const { profile, zones } = this;
    if (profile) {
      const rows = profile.distances.map((distance, at) => [
        distance,
        ...(profile.coordinates[at] ?? [null, null]),
        ...profile.values.map((values) => values[at] ?? null),
      ]);
      download("profile.csv", csv([[profile.unit, "x", "y", ...profile.band_names], ...rows]), "text/csv");
    } else if (zones) {
      const rows = Object.entries(zones).map(([name, zone]) => [
        name,
        ...NUMBERS.map((number) => zone[number]),
        zone.count,
        zone.valid_percent,
      ]);
      download("statistics.csv", csv([["band", ...NUMBERS, "count", "valid_percent"], ...rows]), "text/csv");
    }
  }

  /** Raw values as GeoTIFF, a picture as it is shown as PNG. */
  async #region(format: string, shape: Shape): Promise<void> {
    const url = this.session.valuesUrl(`data/region.${format}`, { painted: format === "png" });
    if (!url) return;
    this.busy = format;
    this.message = "";
    try {
      const blob = await fetchRegion(url, shape, this.session.pixelSize !== null);
      download(`region.${format}`, blob, blob.type);
    } catch (error) {
      this.message = describe(error).message;
    }
    this.busy = "";
  }

  async #load(url: string, drawn: Shape): Promise<void> {
    const pixels = this.session.pixelSize !== null;
    await this.#latest.ask(
      async (signal) =>
        drawn.type === "Polygon"
          ? { zones: await fetchZone(url, drawn, pixels, signal), profile: null }
          : { zones: null, profile: await fetchProfile(url, drawn, pixels, signal) },
      (found) => Object.assign(this, found),
      (error) => {
        this.message = describe(error).message;
      },
    );
  }
}

customElements.define("geo-measure", GeoMeasure);
