/** All that a search finds as one layer, and its acquisition days, as a Lit controller. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { countDays, type Day } from "../api/aggregations";
import { describe, isAbort } from "../api/http";
import { mosaicUrl, registerSearch } from "../api/mosaic";
import type { Filters, TileJson } from "../api/stac";
import { fetchTileJson } from "../map/tiles";
import { type Style, styleParams } from "./style";

export class MosaicController implements ReactiveController {
  status: "none" | "loading" | "ready" | "error" = "none";
  message = "";
  /** Under which the search is registered. */
  id = "";
  days: Day[] = [];
  /** Tiles of the chosen day, or of all. */
  tilejson: TileJson | null = null;
  #all: TileJson | null = null;
  #day = "";
  #running: AbortController | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#running?.abort();
  }

  clear(): void {
    this.#running?.abort();
    this.status = "none";
    this.tilejson = this.#all = null;
    this.days = [];
    this.host.requestUpdate();
  }

  /** Registers the search and shows it; what was shown stays until then. */
  async load(filters: Filters, style: Style): Promise<void> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.status = "loading";
    this.message = "";
    this.host.requestUpdate();
    try {
      const [id, days] = await Promise.all([
        registerSearch(filters, running.signal),
        countDays(filters, running.signal),
      ]);
      const found = await fetchTileJson(mosaicUrl(id, "tilejson.json", styleParams(style)), running.signal);
      if (this.#running !== running) return;
      Object.assign(this, { id, days, status: "ready" as const });
      this.#all = { ...found, sparse: true };
      this.show(this.#day);
    } catch (error) {
      if (isAbort(error) || this.#running !== running) return;
      this.status = "error";
      this.tilejson = null;
      this.message = describe(error).message;
    }
    this.host.requestUpdate();
  }

  /** Only what was acquired on that day; empty for all. */
  show(day: string): void {
    this.#day = day;
    const all = this.#all;
    const [template = ""] = all?.tiles ?? [];
    this.tilejson = all && (day ? { ...all, tiles: [onDay(template, day)] } : all);
    this.host.requestUpdate();
  }
}

function onDay(template: string, day: string): string {
  const datetime = encodeURIComponent(`${day}T00:00:00Z/${day}T23:59:59.999Z`);
  return `${template}${template.includes("?") ? "&" : "?"}datetime=${datetime}`;
}
