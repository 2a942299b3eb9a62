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

  /**
   * Resolves when it is there, or when that failed; `url` undefined clears. With `keep`, what was shown stays until
   * then: the same imagery in another style.
   */
  async load(url: string | undefined, { keep = false } = {}): Promise<void> {
    this.#running?.abort();
    if (!keep) this.tilejson = null;
    this.message = "";
    this.status = url ? "loading" : "none";
    this.host.requestUpdate();
    if (!url) return;
    const running = new AbortController();
    this.#running = running;
    try {
      const tilejson = await fetchTileJson(url, running.signal);
      if (this.#running !== running) return;
      this.tilejson = tilejson;
      this.status = "ready";
    } catch (error) {
      if (isAbort(error) || this.#running !== running) return;
      this.message = describe(error).message;
      this.status = "error";
    }
    this.host.requestUpdate();
  }
}
