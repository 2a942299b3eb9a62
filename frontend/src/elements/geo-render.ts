import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { isAbort } from "../api/http";
import { fetchHistogram, type Histogram, storedHistogram } from "../api/imagery";
import type { Item } from "../api/stac";
import { areShades, type BandEntry, bandsOf, drawn, pick, picked, presetOf, presetsOf } from "../state/bands";
import { GAMMAS, imageryUrl, NO_STYLE, type Style } from "../state/style";
import { strings } from "../strings";
import "./geo-colormaps";
import "./geo-histogram";
import { LightElement } from "./light";

const RESAMPLING = ["nearest", "bilinear", "cubic", "lanczos", "average"];
const CHANNELS = ["red", "green", "blue"] as const;

/**
 * How an item's imagery is drawn: presets, bands, stretch, colours.
 *
 * @fires style-change with the whole style
 */
export class GeoRender extends LightElement {
  static override properties = {
    item: { attribute: false },
    value: { attribute: false },
    histograms: { state: true },
  };

  declare item: Item;
  declare value: Style;
  /** By expression, or by asset and number of a band; null while it is fetched or where there is none. */
  declare histograms: Record<string, Histogram | null>;
  #fetching: AbortController | null = null;

  constructor() {
    super();
    this.value = NO_STYLE;
    this.histograms = {};
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#fetching?.abort();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("item") && changed.get("item")?.id !== this.item.id) this.histograms = {};
    if (changed.get("value") && changed.get("value")?.planes !== this.value.planes) this.histograms = {};
    if (changed.has("item") || changed.has("value")) void this.#count();
  }

  protected override render() {
    const text = strings.render;
    const presets = presetsOf(this.item);
    const entries = bandsOf(this.item);
    const active = presetOf(presets, this.value);
    return html`<div class="render">
      <fieldset class="field">
        <legend class="field__label">${text.preset}</legend>
        <div class="row row--wrap">
          ${presets.map(
            (preset) => html`<button type="button" class="button button--small" data-preset=${preset.id}
              aria-pressed=${preset.id === active?.id ? "true" : "false"} @click=${() => this.#change(preset.style, true)}>${preset.title}</button>`,
          )}
        </div>
      </fieldset>
      ${entries.length > 1 ? this.#bands(entries) : nothing}
      ${
        this.#single
          ? html`<geo-colormaps .value=${this.value.colormap}
            @colormap-change=${(event: CustomEvent<string>) => this.#change({ ...this.value, colormap: event.detail })}></geo-colormaps>`
          : nothing
      }
      ${this.#stretches()}
      ${this.#finish()}
    </div>`;
  }

  /** Whether one value is coloured. */
  get #single(): boolean {
    const { bands, expression, algorithm, render } = this.value;
    if (render || algorithm) return false;
    if (expression) return !expression.includes(";");
    return bands.length === 1 || (!bands.length && bandsOf(this.item).length < 3);
  }

  #bands(entries: BandEntry[]) {
    const text = strings.render;
    const chosen = picked(entries, this.value);
    const one = chosen.length === 1;
    // A rendering or a formula has bands of its own.
    const own = Boolean(this.value.render || this.value.expression || this.value.algorithm);
    const shown = drawn(entries, this.value);
    const set = (next: BandEntry[]) =>
      this.#change({ ...NO_STYLE, ...pick(entries, next), ...this.#kept(next.length) });
    const select = (
      at: number,
      label: string,
      channel: string,
    ) => html`<label class="grow" data-channel=${channel}>
      <span class="field__label">${label}</span>
      <select class="input" name="band-${channel || "one"}" @change=${(event: Event) => {
        const next = [...shown];
        next[at] = entries[Number((event.target as HTMLSelectElement).value)] ?? (entries[0] as BandEntry);
        set(next);
      }}>${entries.map((entry, number) => html`<option value=${number} ?selected=${entry === shown[at]}>${entry.name}</option>`)}</select>
    </label>`;
    return html`<fieldset class="field render__bands">
      <legend class="visually-hidden">${text.bands}</legend>
      <div class="segmented row" role="group" aria-label=${text.bands}>
        ${
          entries.length >= 3
            ? html`<button type="button" class="button button--small" data-mode="rgb" aria-pressed=${one || own ? "false" : "true"}
              @click=${() => set(entries.slice(0, 3))}>${text.three}</button>`
            : nothing
        }
        <button type="button" class="button button--small" data-mode="one" aria-pressed=${one ? "true" : "false"}
          @click=${() => set(shown.slice(0, 1))}>${text.one}</button>
      </div>
      <div class="row" ?hidden=${own}>
        ${one || entries.length < 3 ? select(0, text.band, "") : CHANNELS.map((channel, at) => select(at, text.channels[channel], channel))}
      </div>
    </fieldset>`;
  }

  /** What stays when other bands are chosen: values differ from band to band, taste does not. */
  #kept(count: number): Partial<Style> {
    const { gamma, resampling, nodata, colormap } = this.value;
    return { gamma, resampling, nodata, colormap: count === 1 ? colormap : "" };
  }

  #stretches() {
    const { value } = this;
    if (value.algorithm || (value.render && !value.rescale.length)) return nothing;
    const sources = this.#sources;
    const ranges = sources.map((source, at) => value.rescale[at] ?? value.rescale[0] ?? source.automatic);
    return html`${sources.map(({ key, label, channel }, at) => {
      const [low, high] = ranges[at] as [number, number];
      return html`<geo-histogram .histogram=${this.histograms[key] ?? null} .low=${low} .high=${high} .label=${label} .channel=${channel}
        @range-change=${(event: CustomEvent<[number, number]>) =>
          this.#change({
            ...value,
            rescale: ranges.map((range, each) => (each === at ? event.detail : range)),
          })}></geo-histogram>`;
    })}
    ${
      value.rescale.length
        ? html`<button type="button" class="link" data-action="automatic" @click=${() => this.#change({ ...value, rescale: [] })}>${strings.render.automaticAgain}</button>`
        : nothing
    }`;
  }

  /** What is stretched: an expression's values, or each band's that is drawn. */
  get #sources(): {
    key: string;
    label: string;
    channel: string;
    automatic: [number, number];
    entry?: BandEntry;
  }[] {
    const { value } = this;
    const text = strings.render;
    if (value.render || value.expression) {
      const key = value.render || value.expression;
      const counted = this.histograms[key];
      const automatic: [number, number] = counted ? [counted.min, counted.max] : [-1, 1];
      return [{ key, label: text.values, channel: "", automatic }];
    }
    const entries = bandsOf(this.item);
    const shown = drawn(entries, value);
    const shades = areShades(entries, shown);
    return shown.map((entry, at) => {
      const { statistics } = entry.band;
      const counted = this.histograms[keyOf(entry)];
      return {
        key: keyOf(entry),
        label: entry.name,
        channel: shown.length === 3 ? (CHANNELS[at] ?? "") : "",
        automatic: (shades
          ? [0, 255]
          : [
              statistics?.percentile_2 ?? counted?.min ?? 0,
              statistics?.percentile_98 ?? counted?.max ?? 1,
            ]) as [number, number],
        entry,
      };
    });
  }

  #finish() {
    const text = strings.render;
    const { value } = this;
    return html`<details class="disclosure">
      <summary>${text.more}</summary>
      <div class="render__finish">
        <label class="slider"><span>${text.gamma}</span>
          <input type="range" name="gamma" min=${GAMMAS.min} max=${GAMMAS.max} step="0.05" .value=${String(value.gamma)}
            @change=${(event: Event) => this.#change({ ...value, gamma: Number((event.target as HTMLInputElement).value) })} />
          <output>${value.gamma}</output></label>
        <div class="row">
          <label class="grow"><span class="field__label">${text.resampling}</span>
            <select class="input" name="resampling" @change=${(event: Event) => this.#change({ ...value, resampling: (event.target as HTMLSelectElement).value })}>
              <option value="">${text.usual}</option>
              ${RESAMPLING.map((name) => html`<option value=${name} ?selected=${name === value.resampling}>${name}</option>`)}
            </select></label>
          <label class="grow"><span class="field__label">${text.nodata}</span>
            <input class="input" name="nodata" inputmode="decimal" placeholder=${text.ownNodata} .value=${value.nodata}
              @change=${(event: Event) => this.#setNodata((event.target as HTMLInputElement).value.trim())} /></label>
        </div>
      </div>
    </details>`;
  }

  #setNodata(text: string): void {
    if (text === "" || /^nan$/i.test(text) || Number.isFinite(Number(text)))
      this.#change({ ...this.value, nodata: text });
    else this.requestUpdate();
  }

  /** Fetches the histograms that no document holds. */
  async #count(): Promise<void> {
    this.#fetching?.abort();
    const fetching = new AbortController();
    const { planes } = this.value;
    this.#fetching = fetching;
    for (const { key, entry } of this.#sources) {
      if (this.histograms[key] !== undefined) continue;
      const stored = entry && !Object.keys(planes).length ? storedHistogram(entry.band) : null;
      const style = entry ? { ...NO_STYLE, planes, ...pick(bandsOf(this.item), [entry]) } : this.value;
      const url = imageryUrl(this.item, style, "data/histogram");
      try {
        const found = stored ?? (url ? await fetchHistogram(url, fetching.signal) : null);
        this.histograms = { ...this.histograms, [key]: found };
      } catch (error) {
        if (isAbort(error)) return;
        this.histograms = { ...this.histograms, [key]: null };
      }
    }
  }

  #change(style: Style, keepTaste = false): void {
    const { gamma, resampling, nodata, planes } = this.value;
    this.emit("style-change", { ...style, planes, ...(keepTaste && { gamma, resampling, nodata }) });
  }
}

function keyOf({ asset, index }: BandEntry): string {
  return `${asset}#${index}`;
}

customElements.define("geo-render", GeoRender);
