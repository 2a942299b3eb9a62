/** The TileJSON of what is shown, as a Lit controller: `status`, `tilejson`, `message`. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
import type { TileJson } from "../api/stac";
import { fetchTileJson } from "../map/tiles";

export class ImageryController implements ReactiveController {
  status: "none" | "loading" | "ready" | "error" = "none";
  tilejson: TileJson | null = null;
  message = "";
  readonly #latest = new Latest();

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#latest.stop();
  }

  /**
   * Resolves when it is there, or when that failed; `url` undefined clears. With `keep`, what was shown stays until
   * then: the same imagery in another style.
   */
  async load(url: string | undefined, { keep = false } = {}): Promise<void> {
    this.#latest.stop();
    if (!keep) this.tilejson = null;
    this.message = "";
    this.status = url ? "loading" : "none";
    this.host.requestUpdate();
    if (!url) return;
    await this.#latest.ask(
      (signal) => fetchTileJson(url, signal),
      (tilejson) => {
        this.tilejson = tilejson;
        this.status = "ready";
        this.host.requestUpdate();
      },
      (error) => {
        this.message = describe(error).message;
        this.status = "error";
        this.host.requestUpdate();
      },
    );
  }
}
