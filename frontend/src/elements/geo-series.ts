import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { csv, download } from "../api/download";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
import { fetchSeries, MOST_IMAGES, type Series } from "../api/mosaic";
import type { Session } from "../state/session";
import { styleParams, valuesOf } from "../state/style";
import { strings } from "../strings";
import "./geo-chart";
import { LightElement } from "./light";

/** What all scenes of a search hold at one place, through time. */
export class GeoSeries extends LightElement {
  static override properties = {
    session: { attribute: false },
    found: { state: true },
    message: { state: true },
  };

  declare session: Session;
  declare found: Series | null;
  declare message: string;
  #asked = "";
  readonly #latest = new Latest();

  constructor() {
    super();
    this.found = null;
    this.message = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#latest.stop();
    this.#asked = "";
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
    const { state, mosaic } = this.session;
    const params = styleParams(valuesOf(state.style));
    const wanted = state.at && mosaic.id ? `${mosaic.id} ${state.at.lon} ${state.at.lat} ${params}` : "";
    if (wanted === this.#asked) return;
    this.#asked = wanted;
    if (state.at && mosaic.id) void this.#load(mosaic.id, state.at, params);
  }

  protected override render() {
    const { at } = this.session.state;
    const text = strings.series;
    if (!at) return nothing;
    return html`<section class="dock" aria-label=${text.title}>
      <header class="dock__head">
        <h2>${text.title} <small>${at.lat.toFixed(4)}, ${at.lon.toFixed(4)}</small></h2>
        <div class="row">
          ${this.found?.moments.length ? html`<button type="button" class="button button--small" data-action="csv" @click=${() => this.#save()}>CSV</button>` : nothing}
          <button type="button" class="icon-button icon-button--small" aria-label=${strings.close} @click=${() => this.session.ask(null)}>×</button>
        </div>
      </header>
      ${this.#body()}
    </section>`;
  }

  #body() {
    const text = strings.series;
    const { found } = this;
    if (this.message) return html`<p class="notice notice--error" role="alert">${this.message}</p>`;
    if (!found) return html`<p class="dock__note" role="status">${text.loading}</p>`;
    if (!found.moments.length) return html`<p class="dock__note" role="status">${text.none}</p>`;
    const { moments, names } = found;
    return html`<geo-chart class="dock__chart" kind="time" .x=${moments.map(({ time }) => time / 1000)}
        .series=${names.map((label, at) => ({ label, values: moments.map(({ values }) => values[at] ?? null) }))}
        .label=${text.summary(names.join(", "), moments.length)}></geo-chart>
      ${moments.length >= MOST_IMAGES ? html`<p class="dock__note">${text.most(MOST_IMAGES)}</p>` : nothing}`;
  }

  #save(): void {
    const { moments = [], names = [] } = this.found ?? {};
    const rows = moments.map(({ time, item, values }) => [
      new Date(time).toISOString(),
      item.collection,
      item.id,
      ...values,
    ]);
    download("series.csv", csv([["datetime", "collection", "id", ...names], ...rows]), "text/csv");
  }

  async #load(id: string, at: { lon: number; lat: number }, params: URLSearchParams): Promise<void> {
    this.message = "";
    await this.#latest.ask(
      (signal) => fetchSeries(this.session.data.searchUrl, id, at, params, signal),
      (found) => {
        this.found = found;
      },
      (error) => {
        this.message = describe(error).message;
      },
    );
  }
}

customElements.define("geo-series", GeoSeries);
