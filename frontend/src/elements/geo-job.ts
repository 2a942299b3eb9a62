import { html, nothing } from "lit";
import { describe, sitePath } from "../api/http";
import {
  cancelJob,
  fetchJob,
  fetchSources,
  type Job,
  retryJob,
  type Source,
  STATES,
  sourcesUrl,
} from "../api/ingest";
import { itemPageUrl } from "../api/stac";
import { strings } from "../strings";
import { LightElement } from "./light";

const POLL_MILLISECONDS = 1500;
/** After a failed poll: the server may be restarting. */
const BACK_OFF_MILLISECONDS = 5000;

/** One ingest as it goes: counts by state, each source with its error, and what can be done about it. */
export class GeoJob extends LightElement {
  static override properties = {
    job: {},
    state: { state: true },
    sources: { state: true },
    next: { state: true },
    message: { state: true },
    only: { state: true },
  };

  declare job: string;
  declare state: Job | null;
  declare sources: Source[];
  declare next: string | null;
  declare message: string;
  /** The state that listed sources are in; empty for any. */
  declare only: Source["state"] | "";
  #timer = 0;
  /** How many pages of sources are shown, and so asked for again. */
  #pages = 1;

  constructor() {
    super();
    this.job = "";
    this.state = null;
    this.sources = [];
    this.next = null;
    this.message = "";
    this.only = "";
  }

  override connectedCallback(): void {
    super.connectedCallback();
    void this.updateComplete.then(() => this.#poll());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    window.clearTimeout(this.#timer);
  }

  protected override render() {
    const { state } = this;
    if (!state)
      return html`<p class="muted" role="status">${this.message || strings.results.loadingMore}</p>`;
    const running = state.state === "running";
    return html`<section class="job card" data-state=${state.state}>
      <header class="row row--between row--wrap">
        <h2>${strings.ingest.job} <span class="muted">${strings.ingest.into}</span>
          <a href=${sitePath(`/collections/${encodeURIComponent(state.collection)}/`)}>${state.collection}</a></h2>
        ${this.#actions(state, running)}
      </header>
      <progress class="job__progress" max="1" .value=${state.progress} aria-label=${strings.ingest.inProgress}></progress>
      <ul class="row row--wrap counts" role="status">
        ${STATES.filter((name) => state.counts[name]).map(
          (name) =>
            html`<li><button type="button" class="badge badge--${name}" aria-pressed=${this.only === name ? "true" : "false"}
              title=${strings.ingest.only(strings.ingest.states[name] ?? name)} @click=${() => this.#show(this.only === name ? "" : name)}>${strings.ingest.states[name]} <b>${state.counts[name]}</b></button></li>`,
        )}
        ${state.rate === null ? nothing : html`<li class="muted">${strings.ingest.pace(state.rate, state.seconds_left)}</li>`}
      </ul>
      ${this.message ? html`<p class="notice notice--error" role="alert">${this.message}</p>` : nothing}
      <ul class="sources">${this.sources.map((source) => this.#row(source))}</ul>
      ${
        this.next
          ? html`<button type="button" class="button" @click=${this.#more}>${strings.ingest.moreSources}</button>`
          : nothing
      }
    </section>`;
  }

  #actions(state: Job, running: boolean) {
    const text = strings.ingest;
    return html`<div class="row">
      ${
        state.counts.failed
          ? html`<button type="button" class="button" data-action="retry" @click=${() => this.#act((id) => retryJob(id))}>${text.retryFailed}</button>`
          : nothing
      }
      ${
        running
          ? html`<button type="button" class="button" data-action="cancel" @click=${() => this.#act(cancelJob)}>${text.cancel}</button>`
          : nothing
      }
      ${
        state.counts.succeeded
          ? html`<a class="button button--primary" href=${sitePath(`/explore/?collection=${encodeURIComponent(state.collection)}`)}>${text.explore}</a>`
          : nothing
      }
    </div>`;
  }

  #row(source: Source) {
    const text = strings.ingest;
    const name = source.name || source.href;
    const again = source.state === "failed" || source.state === "cancelled";
    return html`<li class="source" data-state=${source.state}>
      <span class="badge badge--${source.state}">${text.states[source.state] ?? source.state}</span>
      <span class="source__text">
        <span class="source__name" title=${source.href}>${name}</span>
        ${
          source.error
            ? html`<span class="error-text">${source.error.description} <code>${source.error.code}</code></span>`
            : nothing
        }
        ${source.seconds === null ? nothing : html`<span class="muted">${strings.ingest.took(source.seconds)}</span>`}
        ${(source.warnings ?? []).map((warning) => html`<span class="source__warning"><b>${text.warning}</b> ${wordsOf(warning)}</span>`)}
      </span>
      ${source.item ? html`<a href=${itemPageUrl(source.item)}>${text.view}</a>` : nothing}
      ${
        again
          ? html`<button type="button" class="button button--small" data-action="retry-one" aria-label=${text.retryOne(name)}
            @click=${() => this.#act((id) => retryJob(id, source.id))}>${strings.retry}</button>`
          : nothing
      }
    </li>`;
  }

  async #poll(): Promise<void> {
    window.clearTimeout(this.#timer);
    let delay = POLL_MILLISECONDS;
    try {
      await this.#refresh();
      this.message = "";
      if (this.state?.state !== "running") return;
    } catch (error) {
      const { code, message } = describe(error);
      this.message = code === "unreachable" ? strings.ingest.lost : message;
      if (code !== "unreachable" && !this.state) return;
      delay = BACK_OFF_MILLISECONDS;
    }
    if (this.isConnected) this.#timer = window.setTimeout(() => this.#poll(), delay);
  }

  async #refresh(): Promise<void> {
    const state = await fetchJob(this.job);
    const sources: Source[] = [];
    let url: string | null = sourcesUrl(this.job, this.only);
    for (let page = 0; url && page < this.#pages; page += 1) {
      const { results, next }: Awaited<ReturnType<typeof fetchSources>> = await fetchSources(url);
      sources.push(...results);
      url = next;
    }
    this.state = state;
    this.sources = sources;
    this.next = url;
  }

  /** The sources in one state alone, or all. */
  #show(state: Source["state"] | ""): void {
    this.only = state;
    this.#pages = 1;
    void this.#poll();
  }

  readonly #more = (): void => {
    this.#pages += 1;
    void this.#poll();
  };

  async #act(action: (id: string) => Promise<unknown>): Promise<void> {
    try {
      await action(this.job);
    } catch (error) {
      this.message = describe(error).message;
      return;
    }
    await this.#poll();
  }
}

/** A warning may be a sentence, or have a code beside it. */
function wordsOf(warning: Source["warnings"][number]): string {
  return typeof warning === "string"
    ? warning
    : (warning.description ?? warning.code ?? JSON.stringify(warning));
}

customElements.define("geo-job", GeoJob);
