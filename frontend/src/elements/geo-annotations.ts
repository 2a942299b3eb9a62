import type { PropertyValues } from "lit";
import { html, nothing } from "lit";
import type { Annotation } from "../api/annotations";
import { download } from "../api/download";
import { formatDay } from "../api/format";
import type { Session } from "../state/session";
import { strings } from "../strings";
import { LightElement } from "./light";

const TOOLS = ["Point", "LineString", "Polygon"] as const;
/** Told apart by people who don't see all colours. */
const COLORS = ["#e4572e", "#2a62b8", "#2c7d3f", "#8a4fb0", "#f2b661", "#12211e"];

/** What people drew on the chosen item: a list, and the tools to add to it. */
export class GeoAnnotations extends LightElement {
  static override properties = {
    session: { attribute: false },
    color: { state: true },
    busy: { state: true },
  };

  declare session: Session;
  declare color: string;
  declare busy: boolean;

  constructor() {
    super();
    this.color = COLORS[0] ?? "";
    this.busy = false;
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has("session")) this.session.attach(this);
  }

  protected override render() {
    const { session } = this;
    const { list, message } = session.annotations;
    const text = strings.annotations;
    return html`<section class="annotations" aria-label=${text.title}>
      <div class="row row--wrap" role="group" aria-label=${text.draw}>
        ${TOOLS.map(
          (
            tool,
          ) => html`<button type="button" class="button button--small" data-draw=${tool} aria-pressed=${session.tool === tool ? "true" : "false"}
            @click=${() => session.measure(session.tool === tool ? "" : tool)}>${text.tools[tool]}</button>`,
        )}
      </div>
      ${message ? html`<p class="notice notice--error" role="alert">${message}</p>` : nothing}
      ${session.state.drawn ? this.#form() : html`<p class="hint" role="status">${session.tool ? text.begin[session.tool] : text.hint}</p>`}
      ${list.length ? html`<ul class="annotations__list">${list.map((each) => this.#row(each))}</ul>` : html`<p class="hint">${text.none}</p>`}
      ${
        list.length
          ? html`<button type="button" class="button button--small" data-action="export-annotations" @click=${() => this.#export()}>${text.export}</button>`
          : nothing
      }
    </section>`;
  }

  #form() {
    const text = strings.annotations;
    return html`<form class="annotations__form" @submit=${this.#save}>
      <label class="field"><span class="field__label">${text.name}</span><input class="input" name="name" maxlength="200" autocomplete="off" /></label>
      <label class="field"><span class="field__label">${text.note}</span><textarea class="input" name="note" rows="2" maxlength="5000"></textarea></label>
      <div class="row row--between"><div class="row" role="radiogroup" aria-label=${text.color}>${COLORS.map(
        (
          color,
          at,
        ) => html`<label class="annotations__color"><input type="radio" name="color" value=${color} class="visually-hidden"
          ?checked=${this.color === color} aria-label=${text.colors[at] ?? color} @change=${() => {
            this.color = color;
          }} />${dot(color)}</label>`,
      )}</div>
        <div class="row"><button type="button" class="button button--small" @click=${() => this.session.measure("")}>${text.cancel}</button>
          <button class="button button--small button--primary" ?disabled=${this.busy}>${text.save}</button></div></div>
    </form>`;
  }

  #row({ id, properties }: Annotation) {
    const { annotations } = this.session;
    const text = strings.annotations;
    const name = properties.name || text.unnamed;
    const said = [properties.owner, formatDay(properties.created)].filter(Boolean).join(" · ");
    return html`<li class="annotation" data-annotation=${id}>
      <button type="button" class="annotation__name" aria-pressed=${annotations.chosen === id ? "true" : "false"} @click=${() => annotations.choose(id)}>
        ${dot(properties.color)}<span><b>${name}</b>${properties.note ? html`<span class="annotation__note">${properties.note}</span>` : nothing}<small>${said}</small></span></button>
      ${
        properties.editable
          ? html`<button type="button" class="icon-button icon-button--small" aria-label=${text.remove(name)} title=${text.remove(name)}
            @click=${() => void annotations.remove(id)}>×</button>`
          : nothing
      }</li>`;
  }

  readonly #save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const { session, color } = this;
    const geometry = session.state.drawn;
    if (!geometry) return;
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const texts = {
      name: String(form.get("name") ?? "").trim(),
      note: String(form.get("note") ?? "").trim(),
    };
    this.busy = true;
    const kept = await session.annotations.save({ geometry, color, ...texts });
    this.busy = false;
    if (kept) session.measure("");
  };

  #export(): void {
    const { list } = this.session.annotations;
    const collection = { type: "FeatureCollection", features: list };
    download("annotations.geojson", JSON.stringify(collection), "application/geo+json");
  }
}

function dot(color: string) {
  return html`<svg class="annotation__dot" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true"><circle cx="6" cy="6" r="5" fill=${color} stroke="currentColor" stroke-opacity="0.35"></circle></svg>`;
}

customElements.define("geo-annotations", GeoAnnotations);
