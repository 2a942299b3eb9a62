/** What is drawn on the chosen item, as a Lit controller. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import {
  type Annotation,
  annotationsUrl,
  createAnnotation,
  type Draft,
  deleteAnnotation,
  fetchAnnotations,
} from "../api/annotations";
import { describe } from "../api/http";
import { Latest } from "../api/latest";
import { type Item, itemKey } from "../api/stac";

export class AnnotationsController implements ReactiveController {
  list: readonly Annotation[] = [];
  message = "";
  /** The id of the one that is looked at. */
  chosen = "";
  #key = "";
  #url = "";
  readonly #latest = new Latest();

  constructor(private readonly host: ReactiveControllerHost) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.#latest.stop();
  }

  /** Of another item; null of none. */
  load(item: Item | null): void {
    const key = item ? itemKey(item) : "";
    if (key === this.#key) return;
    this.#key = key;
    this.#latest.stop();
    this.#set([], "");
    this.chosen = "";
    if (!item) return;
    this.#url = annotationsUrl(item.collection, item.id);
    void this.#latest.ask(
      (signal) => fetchAnnotations(this.#url, signal),
      (found) => this.#set(found, ""),
      (error) => this.#set([], describe(error).message),
    );
  }

  choose(id: string): void {
    this.chosen = this.chosen === id ? "" : id;
    this.host.requestUpdate();
  }

  /** Resolves with whether it was kept. */
  async save(draft: Draft): Promise<boolean> {
    return this.#change(async (isOpen) => {
      const made = await createAnnotation(this.#url, draft);
      if (isOpen()) this.#set([made, ...this.list], "");
    });
  }

  async remove(id: string): Promise<boolean> {
    return this.#change(async (isOpen) => {
      await deleteAnnotation(id);
      if (!isOpen()) return;
      this.#set(
        this.list.filter((each) => each.id !== id),
        "",
      );
    });
  }

  /** An answer that comes when another item is open is none of that one's business. */
  async #change(act: (isOpen: () => boolean) => Promise<void>): Promise<boolean> {
    const key = this.#key;
    const isOpen = () => key === this.#key;
    try {
      await act(isOpen);
      return true;
    } catch (error) {
      if (isOpen()) this.#set(this.list, describe(error).message);
      return false;
    }
  }

  #set(list: readonly Annotation[], message: string): void {
    this.list = list;
    this.message = message;
    this.host.requestUpdate();
  }
}
