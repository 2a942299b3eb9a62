/** One search and its pages, as a Lit controller: the element renders `status`, `items`, `total`. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe, isAbort } from "../api/http";
import {
  cardsBody,
  type Filters,
  filterQuery,
  findLink,
  followNext,
  type Item,
  type ItemPage,
  type Link,
  searchItems,
} from "../api/stac";

export type SearchStatus = "idle" | "loading" | "more" | "ready" | "error";

const PAGE_SIZE = 20;

export class SearchController implements ReactiveController {
  status: SearchStatus = "idle";
  items: Item[] = [];
  /** How many match in all; undefined when the server doesn't count. */
  total: number | undefined;
  /** Its filters in an address' query, for what else shows all that it finds. */
  query = "";
  error: { code: string; message: string } | null = null;
  #next: Link | undefined;
  #body: Record<string, unknown> = {};
  #running: AbortController | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly url: () => string,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#running?.abort();
  }

  get hasMore(): boolean {
    return this.#next !== undefined;
  }

  async run(filters: Filters): Promise<void> {
    this.#body = cardsBody(filters, PAGE_SIZE);
    this.query = filterQuery(filters);
    await this.#load("loading", (signal) => searchItems(this.url(), this.#body, signal));
  }

  async more(): Promise<void> {
    const next = this.#next;
    if (!next || this.status === "more") return;
    await this.#load("more", (signal) => followNext(next, this.#body, signal));
  }

  async #load(
    status: "loading" | "more",
    request: (signal: AbortSignal) => Promise<ItemPage>,
  ): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#change(status);
    try {
      const page = await request(running.signal);
      // A later search has begun meanwhile.
      if (this.#running !== running) return;
      this.items = status === "more" ? [...this.items, ...page.features] : page.features;
      this.total = page.numberMatched ?? this.total;
      if (status === "loading" && page.numberMatched === undefined) this.total = undefined;
      this.#next = findLink(page.links, "next");
      this.error = null;
      this.#change("ready");
    } catch (error) {
      if (isAbort(error)) return;
      this.error = describe(error);
      this.#change("error");
    }
  }

  #change(status: SearchStatus): void {
    this.status = status;
    this.host.requestUpdate();
  }
}
