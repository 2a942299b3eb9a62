/** The item that is looked at, and those that lie at the same place, as a Lit controller. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe, isAbort, requestJson } from "../api/http";
import { type Item, itemKey } from "../api/stac";
import type { ItemRef } from "./url";

export class SelectionController implements ReactiveController {
  /** A card of a search at first, then the whole document. */
  item: Item | null = null;
  /** Why the document could not be had. */
  message = "";
  /** Scenes one upon the other, of which this is one. */
  stack: ItemRef[] = [];
  #running: AbortController | null = null;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly stacUrl: string,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#running?.abort();
  }

  get key(): string {
    return this.item ? itemKey(this.item) : "";
  }

  /** Position in the stack, from 0; -1 without one. */
  get position(): number {
    return this.stack.length > 1 ? this.stack.findIndex((ref) => itemKey(ref) === this.key) : -1;
  }

  /**
   * Resolves with the whole item, or null when another one was opened meanwhile, this one closed, or there is none.
   * An answer that comes late changes nothing.
   */
  async open(ref: ItemRef, card?: Item): Promise<Item | null> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.item = card ?? (this.key === itemKey(ref) ? this.item : null);
    this.message = "";
    if (!this.stack.some((each) => itemKey(each) === itemKey(ref))) this.stack = [];
    this.host.requestUpdate();
    const path = [ref.collection, "items", ref.id].map(encodeURIComponent).join("/");
    try {
      const item = await requestJson<Item>(`${this.stacUrl}collections/${path}`, { signal: running.signal });
      if (this.#running !== running) return null;
      this.item = item;
      this.host.requestUpdate();
      return item;
    } catch (error) {
      if (isAbort(error) || this.#running !== running) return null;
      this.message = describe(error).message;
      this.item = null;
      this.host.requestUpdate();
      return null;
    }
  }

  close(): void {
    this.#running?.abort();
    this.#running = null;
    this.item = null;
    this.message = "";
    this.stack = [];
    this.host.requestUpdate();
  }

  /** The one `by` places on in the stack, around its end. */
  neighbour(by: number): ItemRef | undefined {
    const { position, stack } = this;
    return position < 0 ? undefined : stack[(position + by + stack.length) % stack.length];
  }
}
