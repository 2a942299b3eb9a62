/** All that a search finds as one layer, and its acquisition days, as a Lit controller. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { countDays, type Day } from "../api/aggregations";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
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
  readonly #latest = new Latest();

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#latest.stop();
  }

  clear(): void {
    this.#latest.stop();
    this.status = "none";
    this.tilejson = this.#all = null;
    this.days = [];
    this.host.requestUpdate();
  }

  /** Registers the search and shows it; what was shown stays until then. */
  async load(filters: Filters, style: Style): Promise<void> {
    this.status = "loading";
    this.message = "";
    this.host.requestUpdate();
    await this.#latest.ask(
      async (signal) => {
        const [id, days] = await Promise.all([registerSearch(filters, signal), countDays(filters, signal)]);
        const all = await fetchTileJson(mosaicUrl(id, "tilejson.json", styleParams(style)), signal);
        return { id, days, all };
      },
      ({ id, days, all }) => {
        Object.assign(this, { id, days, status: "ready" as const });
        this.#all = { ...all, sparse: true };
        this.show(this.#day);
      },
      (error) => {
        this.status = "error";
        this.tilejson = null;
        this.message = describe(error).message;
        this.host.requestUpdate();
      },
    );
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
