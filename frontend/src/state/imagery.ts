/** The TileJSON of what is shown, as a Lit controller: `status`, `tilejson`, `message`. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe, isAbort } from "../api/http";
import type { TileJson } from "../api/stac";
import { fetchTileJson } from "../map/tiles";

export class ImageryController implements ReactiveController {
  status: "none" | "loading" | "ready" | "error" = "none";
  tilejson: TileJson | null = null;
  message = "";
  #running: AbortController | null = null;

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#running?.abort();
  }

  /** Resolves when it is there, or when that failed; `url` undefined clears. */
  async load(url: string | undefined): Promise<void> {
    this.#running?.abort();
    this.tilejson = null;
    this.status = url ? "loading" : "none";
    this.host.requestUpdate();
    if (!url) return;
    const running = new AbortController();
    this.#running = running;
    try {
      this.tilejson = await fetchTileJson(url, running.signal);
      this.status = "ready";
    } catch (error) {
      if (isAbort(error)) return;
      this.message = describe(error).message;
      this.status = "error";
    }
    this.host.requestUpdate();
  }
}
