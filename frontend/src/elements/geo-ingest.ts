import { html, nothing } from "lit";
import { describe } from "../api/http";
import {
  createCollection,
  hrefSources,
  type SourceRequest,
  stacSources,
  startIngest,
  uploadFile,
} from "../api/ingest";
import { strings } from "../strings";
import type { GeoDropzone } from "./geo-dropzone";
import "./geo-dropzone";
import "./geo-job";
import { LightElement, pageData } from "./light";

interface IngestData {
  collections: { id: string; title: string }[];
  /** Whether the user may make collections. */
  canCreate: boolean;
}

const NEW = "\u0000new";

/** What to bring in, and where to; then how it goes. */
export class GeoIngest extends LightElement {
  static override properties = {
    choice: { state: true },
    busy: { state: true },
    error: { state: true },
    job: { state: true },
  };

  declare choice: string;
  declare busy: "" | "uploading" | "starting";
  declare error: string;
  declare job: string;
  readonly #data = pageData<IngestData>("ingest-data") ?? { collections: [], canCreate: true };

  constructor() {
    super();
    const wanted = new URLSearchParams(window.location.search);
    const known = this.#data.collections.map(({ id }) => id);
    const asked = wanted.get("collection") ?? "";
    // Only what was asked for, or what is the only way: imagery in a wrong collection is a nuisance to move.
    this.choice = known.includes(asked) ? asked : known.length ? "" : NEW;
    this.busy = "";
    this.error = "";
    this.job = wanted.get("job") ?? "";
  }

  protected override render() {
    if (this.job) {
      return html`<geo-job job=${this.job}></geo-job>
        <p><a class="button" href=${window.location.pathname}>${strings.ingest.another}</a></p>`;
    }
    const text = strings.ingest;
    return html`<form class="ingest card" @submit=${this.#submit} @input=${this.#forgive} @change=${this.#forgive} novalidate>
      ${this.#collection()}
      <div class="field">
        <label class="field__label" for="ingest-urls">${text.urls}</label>
        <textarea class="input input--code" id="ingest-urls" name="urls" rows="5" spellcheck="false"
          placeholder="https://…/scene.tif" aria-describedby="ingest-urls-hint"></textarea>
        <p class="hint" id="ingest-urls-hint">${text.urlsHint}</p>
      </div>
      <label class="field">
        <span class="field__label">${text.stac}</span>
        <textarea class="input input--code input--short" name="stac" rows="2" spellcheck="false" placeholder="https://…/collection.json"></textarea>
        <span class="hint">${text.stacHint}</span>
      </label>
      <div class="row row--wrap row--top">
        <label class="field grow-2">
          <span class="field__label">${text.prefix}</span>
          <input class="input input--code" name="prefix" placeholder="s3://bucket/folder/" spellcheck="false" autocomplete="off" />
          <span class="hint">${text.prefixHint}</span>
        </label>
        <label class="field grow">
          <span class="field__label">${text.include}</span>
          <input class="input input--code" name="include" placeholder="*.tif" spellcheck="false" autocomplete="off" />
        </label>
      </div>
      <geo-dropzone ?locked=${this.busy !== ""}></geo-dropzone>
      ${this.error ? html`<p class="notice notice--error" role="alert">${this.error}</p>` : nothing}
      <div class="row row--end">
        <button class="button button--primary" data-action="start" ?disabled=${this.busy !== ""}>
          ${this.busy === "uploading" ? text.uploading : this.busy === "starting" ? text.starting : text.submit}
        </button>
      </div>
    </form>`;
  }

  #collection() {
    const text = strings.ingest;
    const { collections, canCreate } = this.#data;
    return html`<div class="field">
        <label class="field__label" for="ingest-collection">${text.collection}</label>
        <select class="input" id="ingest-collection" name="collection"
          @change=${(event: Event) => {
            this.choice = (event.target as HTMLSelectElement).value;
          }}>
          ${this.choice === "" ? html`<option value="" selected disabled>${text.chooseCollection}</option>` : nothing}
          ${collections.map(
            ({ id, title }) =>
              html`<option value=${id} ?selected=${id === this.choice}>${title ? `${title} (${id})` : id}</option>`,
          )}
          ${canCreate ? html`<option value=${NEW} ?selected=${this.choice === NEW}>${text.newCollection}</option>` : nothing}
        </select>
      </div>
      ${this.choice === NEW ? this.#newCollection() : nothing}`;
  }

  #newCollection() {
    const text = strings.ingest;
    return html`<fieldset class="field new-collection">
      <legend class="visually-hidden">${text.newCollection}</legend>
      <div class="row row--wrap row--top">
        <div class="grow field">
          <label class="field__label" for="new-id">${text.newId}</label>
          <input class="input input--code" id="new-id" name="new-id" required autocomplete="off" spellcheck="false"
            aria-describedby="new-id-hint" />
          <span class="hint" id="new-id-hint">${text.newIdHint}</span>
        </div>
        <label class="grow field"><span class="field__label">${text.newTitle}</span>
          <input class="input" name="new-title" autocomplete="off" /></label>
        <label class="grow field"><span class="field__label">${text.newVisibility}</span>
          <select class="input" name="new-visibility">
            ${Object.entries(text.visibilities).map(([value, label]) => html`<option value=${value}>${label}</option>`)}
          </select></label>
      </div>
    </fieldset>`;
  }

  /** What was wrong is being changed: the message is stale. */
  readonly #forgive = (): void => {
    this.error = "";
  };

  readonly #submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const data = new FormData(event.currentTarget as HTMLFormElement);
    const read = (name: string) => String(data.get(name) ?? "").trim();
    this.error = "";
    try {
      const sources: SourceRequest[] = [...hrefSources(read("urls")), ...stacSources(read("stac"))];
      if (read("prefix")) {
        sources.push({ prefix: read("prefix"), ...(read("include") && { include: read("include") }) });
      }
      const dropzone = this.querySelector<GeoDropzone>("geo-dropzone");
      if (!sources.length && !dropzone?.files.length) throw new Error(strings.ingest.nothing);
      const collection = await this.#collectionId(read);
      this.busy = "uploading";
      sources.push(...((await dropzone?.upload(uploadFile)) ?? []));
      this.busy = "starting";
      this.#follow((await startIngest(collection, sources)).id);
    } catch (error) {
      this.error = describe(error).message;
    }
    this.busy = "";
  };

  async #collectionId(read: (name: string) => string): Promise<string> {
    if (this.choice === "") throw new Error(strings.ingest.noCollection);
    if (this.choice !== NEW) return this.choice;
    const id = read("new-id");
    if (!id) throw new Error(strings.ingest.noCollection);
    await createCollection({ id, title: read("new-title"), visibility: read("new-visibility") });
    // Should a later step fail, the next attempt finds it made.
    this.#data.collections.push({ id, title: read("new-title") });
    this.choice = id;
    return id;
  }

  /** The job is in the address, so that the page can be left and come back to. */
  #follow(job: string): void {
    window.history.pushState(null, "", `?job=${encodeURIComponent(job)}`);
    this.job = job;
  }
}

customElements.define("geo-ingest", GeoIngest);
