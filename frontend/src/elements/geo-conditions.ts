import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import { type Counted, countProperties, fetchProperties, type Property } from "../api/aggregations";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
import type { Choice, Condition, Filters, Range } from "../api/stac";
import { filterQuery } from "../api/stac";
import { propertyTitle } from "../state/chips";
import { strings } from "../strings";
import "./geo-histogram";
import { LightElement } from "./light";

/** Values of a text that are offered; others are found by words. */
const MOST_CHOICES = 12;

/**
 * Filters by whatever properties the items have: numbers by their range, texts by their values, each with counts.
 *
 * @fires conditions-change with all conditions
 */
export class GeoConditions extends LightElement {
  static override properties = {
    filters: { attribute: false },
    available: { state: true },
    counted: { state: true },
    message: { state: true },
  };

  declare filters: Filters;
  declare available: Property[] | null;
  declare counted: Record<string, Counted>;
  declare message: string;
  #asked: string | null = null;
  readonly #latest = new Latest();

  constructor() {
    super();
    this.available = null;
    this.counted = {};
    this.message = "";
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#latest.stop();
    this.#asked = null;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has("filters")) return;
    const query = filterQuery({ ...this.filters, conditions: [] });
    if (query === this.#asked) return;
    this.#asked = query;
    void this.#load();
  }

  protected override render() {
    const text = strings.conditions;
    if (this.message) return html`<p class="error-text" role="alert">${this.message}</p>`;
    if (!this.available) return html`<p class="hint" role="status">${strings.results.loadingMore}</p>`;
    const shown = this.available.filter(({ name }) => this.#isTold(name));
    if (!shown.length) return html`<p class="hint">${text.none}</p>`;
    return html`<div class="conditions">${shown.map((property) =>
      property.kind === "number" ? this.#range(property) : this.#choices(property),
    )}</div>`;
  }

  /** What all items have alike, or each its own, filters nothing. */
  #isTold(name: string): boolean {
    const counted = this.counted[name];
    if (this.filters.conditions.some((each) => each.name === name)) return true;
    if (!counted) return false;
    return counted.histogram !== null || (counted.choices.length > 0 && counted.choices.length <= 200);
  }

  #range({ name, title }: Property) {
    const histogram = this.counted[name]?.histogram ?? null;
    const condition = this.#condition(name) as Range | undefined;
    const [min, max] = [histogram?.min ?? condition?.min ?? 0, histogram?.max ?? condition?.max ?? 1];
    return html`<geo-histogram data-property=${name} .histogram=${histogram} .label=${title || propertyTitle(name)}
      .low=${condition?.min ?? min} .high=${condition?.max ?? max}
      @range-change=${(event: CustomEvent<[number, number]>) => {
        const [low, high] = event.detail;
        const range: Range = { name, ...(low > min && { min: low }), ...(high < max && { max: high }) };
        this.#set(name, range.min === undefined && range.max === undefined ? null : range);
      }}></geo-histogram>`;
  }

  #choices({ name, title }: Property) {
    const chosen = (this.#condition(name) as Choice | undefined)?.values ?? [];
    const offered = this.counted[name]?.choices ?? [];
    const gone = chosen.filter((value) => !offered.some((each) => each.value === value));
    const all = [...gone.map((value) => ({ value, count: 0 })), ...offered.slice(0, MOST_CHOICES)];
    return html`<fieldset class="field" data-property=${name}>
      <legend class="field__label">${title || propertyTitle(name)}</legend>
      <div class="row row--wrap choices">
        ${all.map(
          ({
            value,
            count,
          }) => html`<label class="choice"><input type="checkbox" value=${value} .checked=${chosen.includes(value)}
            @change=${() => this.#toggle(name, value, chosen)} /><span>${value}</span> <small>${count.toLocaleString()}</small></label>`,
        )}
        ${offered.length > MOST_CHOICES ? html`<span class="hint">${strings.conditions.more(offered.length - MOST_CHOICES)}</span>` : nothing}
      </div>
    </fieldset>`;
  }

  #condition(name: string): Condition | undefined {
    return this.filters.conditions.find((each) => each.name === name);
  }

  #toggle(name: string, value: string, chosen: string[]): void {
    const values = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
    this.#set(name, values.length ? { name, values } : null);
  }

  #set(name: string, condition: Condition | null): void {
    const others = this.filters.conditions.filter((each) => each.name !== name);
    this.emit("conditions-change", condition ? [...others, condition] : others);
  }

  async #load(): Promise<void> {
    await this.#latest.ask(
      async (signal) => {
        const available = await fetchProperties(this.filters.collections, signal);
        return { available, counted: await countProperties(this.filters, available, signal) };
      },
      (found) => Object.assign(this, found, { message: "" }),
      (error) => {
        this.message = describe(error).message;
      },
    );
  }
}

customElements.define("geo-conditions", GeoConditions);
