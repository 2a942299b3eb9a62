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
    const url = this.#url;
    return this.#change(async () => {
      const made = await createAnnotation(url, draft);
      if (url === this.#url) this.#set([made, ...this.list], "");
    });
  }

  async remove(id: string): Promise<boolean> {
    return this.#change(async () => {
      await deleteAnnotation(id);
      this.#set(
        this.list.filter((each) => each.id !== id),
        "",
      );
    });
  }

  async #change(act: () => Promise<void>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      this.#set(this.list, describe(error).message);
      return false;
    }
  }

  #set(list: readonly Annotation[], message: string): void {
    this.list = list;
    this.message = message;
    this.host.requestUpdate();
  }
}
