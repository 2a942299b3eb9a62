/** What the Explorer's elements share: the address, the search, the chosen item and its imagery; and what changes them. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe, requestJson } from "../api/http";
import { type Bbox, type Filters, fetchCards, type Item, itemKey } from "../api/stac";
import { ImageryController } from "./imagery";
import { SearchController } from "./search";
import { SelectionController } from "./selection";
import { imageryUrl, NO_STYLE, type Style } from "./style";
import { type ExplorerState, type ItemRef, type MapView, UrlState } from "./url";

export interface CollectionOption {
  id: string;
  title: string;
  count: number;
}

export interface ExplorerData {
  searchUrl: string;
  stacUrl: string;
  basemap: string;
  collections: CollectionOption[];
}

/** What only the elements can do. */
export interface Stage {
  fitItems(): void;
  fitImagery(): void;
  fitArea(): void;
  reveal(key: string): void;
}

/** So long the map rests before its view is searched. */
const FOLLOW_MILLISECONDS = 300;
/** Scenes offered where several lie one upon the other. */
const STACK_SHOWN = 30;

export class Session implements ReactiveControllerHost {
  readonly url = new UrlState();
  readonly search: SearchController;
  readonly selection: SelectionController;
  readonly imagery: ImageryController;
  /** What that is compared with. */
  readonly pinned: ImageryController;
  pinnedItem: Item | null = null;
  readonly titles: Map<string, string>;
  hovered = "";
  drawing = false;
  /** Tiles that could not be had. */
  failed = 0;
  /** Scenes to choose from where the map was clicked. */
  stack: { refs: ItemRef[]; items: Item[] } | null = null;
  /** What went wrong with what was dropped. */
  notice = "";
  stage: Stage | null = null;
  #following = 0;
  readonly #hosts = new Set<ReactiveControllerHost>();
  readonly #controllers: ReactiveController[] = [];

  constructor(readonly data: ExplorerData) {
    this.titles = new Map(data.collections.map(({ id, title }) => [id, title]));
    this.search = new SearchController(this, () => data.searchUrl);
    this.selection = new SelectionController(this, data.stacUrl);
    this.imagery = new ImageryController(this);
    this.pinned = new ImageryController(this);
  }

  get updateComplete(): Promise<boolean> {
    return Promise.all([...this.#hosts].map((host) => host.updateComplete)).then(() => true);
  }

  get state(): ExplorerState {
    return this.url.state;
  }

  addController(controller: ReactiveController): void {
    this.#controllers.push(controller);
  }

  removeController(): void {}

  /** The element renders again whenever something here changes. */
  attach(host: ReactiveControllerHost): void {
    this.#hosts.add(host);
  }

  requestUpdate(): void {
    for (const host of this.#hosts) host.requestUpdate();
  }

  /** Begins with what the address says; returns what ends it. */
  start(): () => void {
    const { state } = this;
    const stop = this.url.onBack((restored) => this.#restore(restored));
    if (state.item) void this.open(state.item, { zoom: state.view === null });
    if (state.pinned) void this.#showPinned();
    void this.runSearch({ fit: state.view === null && state.item === null });
    return () => {
      stop();
      for (const controller of this.#controllers) controller.hostDisconnected?.();
    };
  }

  set<Name extends "hovered" | "drawing" | "failed">(name: Name, value: Session[Name]): void {
    if (this[name] === value) return;
    (this as Session)[name] = value;
    this.requestUpdate();
  }

  filter(change: Partial<Filters>): void {
    this.drawing = false;
    this.notice = "";
    this.url.push(change);
    // Other collections lie elsewhere; a date or a box is asked for about the place that is being looked at.
    void this.runSearch({ fit: change.collections !== undefined || Boolean(change.q) });
  }

  /** The map came to rest somewhere. */
  moved(view: MapView, bbox: Bbox): void {
    this.url.replace({ view });
    if (!this.state.follow) return;
    window.clearTimeout(this.#following);
    this.#following = window.setTimeout(() => {
      if (!this.state.follow) return;
      this.url.replace({ bbox, area: null });
      void this.runSearch();
      this.requestUpdate();
    }, FOLLOW_MILLISECONDS);
  }

  /** A file with polygons: what is found lies in them. */
  async takeArea(file: File): Promise<void> {
    this.notice = "";
    try {
      const { readArea } = await import("../map/area");
      this.filter({ area: await readArea(file), bbox: null, follow: false });
      this.stage?.fitArea();
    } catch (error) {
      this.notice = describe(error).message;
    }
    this.requestUpdate();
  }

  dismiss(): void {
    this.notice = "";
    this.requestUpdate();
  }

  async runSearch({ fit = false } = {}): Promise<void> {
    await this.search.run(this.state);
    await this.updateComplete;
    if (fit && !this.selection.item && !this.state.follow) this.stage?.fitItems();
  }

  select(key: string): void {
    this.stack = null;
    const ref = refOf(key);
    const card = this.search.items.find((item) => itemKey(item) === key);
    this.url.push({ item: ref, style: NO_STYLE });
    void this.open(ref, { zoom: true, ...(card && { card }) });
    this.stage?.reveal(key);
  }

  /** Several scenes lie there: lets people choose. */
  async offer(keys: readonly string[]): Promise<void> {
    const refs = keys.map(refOf);
    const shown = refs.slice(0, STACK_SHOWN);
    const offered = { refs, items: [] as Item[] };
    this.stack = offered;
    this.requestUpdate();
    const items = await fetchCards(this.data.searchUrl, shown).catch(() => []);
    if (this.stack !== offered) return;
    this.stack = { refs: refs.length > shown.length ? refs : items.map(refFrom), items };
    this.requestUpdate();
  }

  choose(key: string): void {
    this.selection.stack = this.stack?.items.map(refFrom) ?? [];
    this.select(key);
  }

  closeStack(): void {
    this.stack = null;
    this.set("hovered", "");
    this.requestUpdate();
  }

  /** To the next or previous scene at the same place. */
  step(by: number): void {
    const ref = this.selection.neighbour(by);
    if (!ref) return;
    this.url.replace({ item: ref });
    void this.open(ref, { zoom: false });
  }

  /** An item need not be among the results: an address may name it. */
  async open(ref: ItemRef, { zoom, card }: { zoom: boolean; card?: Item }): Promise<void> {
    this.failed = 0;
    const opening = this.selection.open(ref, card);
    if (!card) void this.imagery.load(undefined);
    const item = (card?.links ? card : null) ?? (await opening);
    if (!item || this.selection.key !== itemKey(ref)) return;
    await this.imagery.load(imageryUrl(item, this.state.style));
    await this.updateComplete;
    if (zoom && this.selection.key === itemKey(ref)) this.stage?.fitImagery();
  }

  /** Draws the same imagery in another way. */
  restyle(style: Style): void {
    const { item } = this.selection;
    this.failed = 0;
    this.url.replace({ style });
    if (item) void this.imagery.load(imageryUrl(item, style), { keep: true });
  }

  /** Keeps what is shown now at the left, to compare with what is shown next. */
  pin(): void {
    const { item } = this.selection;
    if (!item) return;
    this.url.push({ pinned: { collection: item.collection, id: item.id, style: this.state.style } });
    void this.#showPinned();
  }

  unpin(): void {
    this.url.push({ pinned: null });
    void this.#showPinned();
  }

  async #showPinned(): Promise<void> {
    const { pinned } = this.state;
    this.requestUpdate();
    if (!pinned) {
      await this.pinned.load(undefined);
      return;
    }
    const path = [pinned.collection, "items", pinned.id].map(encodeURIComponent).join("/");
    const item = await requestJson<Item>(`${this.data.stacUrl}collections/${path}`).catch(() => null);
    if (this.state.pinned !== pinned) return;
    this.pinnedItem = item;
    await this.pinned.load(item ? imageryUrl(item, pinned.style) : undefined);
  }

  setOpacity(opacity: number): void {
    this.url.replace({ opacity });
    this.requestUpdate();
  }

  close(): void {
    this.selection.close();
    this.failed = 0;
    this.url.push({ item: null, style: NO_STYLE, pinned: null });
    void this.pinned.load(undefined);
    void this.imagery.load(undefined);
  }

  #restore(state: ExplorerState): void {
    this.stack = null;
    if (state.item) void this.open(state.item, { zoom: false });
    else {
      this.selection.close();
      void this.imagery.load(undefined);
    }
    void this.#showPinned();
    void this.runSearch();
    this.requestUpdate();
  }
}

/** A key as `itemKey` makes it. */
function refOf(key: string): ItemRef {
  const slash = key.indexOf("/");
  return { collection: key.slice(0, slash), id: key.slice(slash + 1) };
}

function refFrom({ collection, id }: Item): ItemRef {
  return { collection, id };
}
