/** What the Explorer's elements share: the address, the search, the chosen item and its imagery; and what changes them. */
import type { ReactiveController, ReactiveControllerHost } from "lit";
import { describe, requestJson } from "../api/http";
import { mosaicUrl } from "../api/mosaic";
import { type Bbox, type Filters, fetchCards, type Item, itemKey, type TileJson } from "../api/stac";
import type { Shape } from "../map/sketch";
import { isPixelSpace } from "../map/tiles";
import { AnnotationsController } from "./annotations";
import { ImageryController } from "./imagery";
import { MosaicController } from "./mosaic";
import { SearchController } from "./search";
import { SelectionController } from "./selection";
import { imageryUrl, NO_STYLE, type Style, styleParams, valuesOf } from "./style";
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
const UPRIGHT = { turn: 0, flip: false };

export class Session implements ReactiveControllerHost {
  readonly url = new UrlState();
  readonly search: SearchController;
  readonly selection: SelectionController;
  readonly imagery: ImageryController;
  /** What that is compared with. */
  readonly pinned: ImageryController;
  pinnedItem: Item | null = null;
  readonly mosaic: MosaicController;
  readonly annotations: AnnotationsController;
  readonly titles: Map<string, string>;
  hovered = "";
  drawing = false;
  /** Whether the dialog of files and snippets is open. */
  taking = false;
  /** What is being drawn to measure, and how far it is. */
  tool: "" | Shape["type"] = "";
  sketching: Shape | null = null;
  /** How far an image is turned while that goes on. */
  turning: number | null = null;
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
    this.mosaic = new MosaicController(this);
    this.annotations = new AnnotationsController(this);
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
    this.mosaic.show(state.day);
    void this.runSearch({ fit: state.view === null && state.item === null });
    return () => {
      stop();
      for (const controller of this.#controllers) controller.hostDisconnected?.();
    };
  }

  set<Name extends "hovered" | "drawing" | "failed" | "turning">(name: Name, value: Session[Name]): void {
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
    if (this.state.mosaic) this.requestUpdate();
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

  /** What went wrong; empty takes the message away. */
  tell(notice: string): void {
    this.notice = notice;
    this.requestUpdate();
  }

  async runSearch({ fit = false } = {}): Promise<void> {
    if (this.state.mosaic) void this.mosaic.load(this.state, this.state.style);
    await this.search.run(this.state);
    await this.updateComplete;
    if (fit && !this.selection.item && !this.state.follow) this.stage?.fitItems();
  }

  select(key: string): void {
    this.stack = null;
    const ref = refOf(key);
    const card = this.search.items.find((item) => itemKey(item) === key);
    this.url.push({ item: ref, style: this.#kept, ...UPRIGHT });
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
    this.url.replace({ item: ref, ...UPRIGHT });
    void this.open(ref, { zoom: false });
  }

  /** An item need not be among the results: an address may name it. */
  async open(ref: ItemRef, { zoom, card }: { zoom: boolean; card?: Item }): Promise<void> {
    this.failed = 0;
    const opening = this.selection.open(ref, card);
    if (!card) void this.imagery.load(undefined);
    const item = (card?.links ? card : null) ?? (await opening);
    if (!item || this.selection.key !== itemKey(ref)) return;
    this.annotations.load(item);
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
    if (this.state.mosaic) void this.mosaic.load(this.state, style);
  }

  /** A mosaic is drawn as its scenes are; otherwise each item begins as it comes. */
  get #kept(): Style {
    return this.state.mosaic ? this.state.style : NO_STYLE;
  }

  /** What is drawn on the map: the chosen item, or all that is found. */
  get shown(): TileJson | null {
    return this.imagery.tilejson ?? (this.state.mosaic ? this.mosaic.tilejson : null);
  }

  toggleMosaic(): void {
    const mosaic = !this.state.mosaic;
    this.url.push({ mosaic, day: "", at: null, ...(!mosaic && !this.state.item && { style: NO_STYLE }) });
    this.#showMosaic();
  }

  showDay(day: string): void {
    this.url.replace({ day });
    this.mosaic.show(day);
  }

  /** The place whose values are told through time; null ends that. */
  ask(at: { lon: number; lat: number } | null): void {
    this.url.push({ at });
    this.requestUpdate();
  }

  take(open: boolean): void {
    this.taking = open;
    this.requestUpdate();
  }

  /** Begins to measure, or ends with an empty `tool`. */
  measure(tool: Session["tool"]): void {
    this.drawing = false;
    this.tool = tool;
    this.sketching = null;
    this.url.push({ drawn: null, at: null });
    this.requestUpdate();
  }

  sketch(shape: Shape): void {
    this.sketching = shape;
    this.requestUpdate();
  }

  measured(drawn: Shape): void {
    this.tool = "";
    this.sketching = null;
    this.url.push({ drawn });
    this.requestUpdate();
  }

  /** Micrometres to a pixel of an image in pixel space, 0 where nobody knows; null on the map. */
  get pixelSize(): number | null {
    const { tilejson } = this.imagery;
    if (!tilejson || !isPixelSpace(tilejson)) return null;
    const size = this.selection.item?.properties["geodata:pixel_size"];
    return Array.isArray(size) && Number(size[0]) > 0 ? Number(size[0]) : 0;
  }

  /** Below the routes of what is shown; as values unless `painted`. Undefined where nothing is shown. */
  valuesUrl(part: string, { painted = false } = {}): string | undefined {
    const { state, mosaic } = this;
    const { item } = this.selection;
    const style = painted ? state.style : valuesOf(state.style);
    if (item && this.imagery.tilejson) return imageryUrl(item, style, part);
    if (!state.mosaic || mosaic.status !== "ready") return undefined;
    const params = styleParams(style);
    if (state.day) params.set("datetime", `${state.day}T00:00:00Z/${state.day}T23:59:59.999Z`);
    return mosaicUrl(mosaic.id, part, params);
  }

  #showMosaic(): void {
    const { state } = this;
    this.failed = 0;
    this.mosaic.show(state.day);
    if (state.mosaic) void this.mosaic.load(state, state.style);
    else this.mosaic.clear();
  }

  /** Keeps what is shown now at the left, to compare with what is shown next. */
  pin(): void {
    const { item } = this.selection;
    if (!item) return;
    this.url.push({ pinned: { collection: item.collection, id: item.id, style: this.state.style } });
    void this.#showPinned();
  }

  unpin(): void {
    this.url.push({ pinned: null, blink: false });
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

  /** How what is shown lies on the screen. */
  look(change: Partial<Pick<ExplorerState, "opacity" | "turn" | "flip" | "blink">>): void {
    this.url.replace(change);
    this.requestUpdate();
  }

  close(): void {
    // What was drawn in pixels of an image means nothing elsewhere.
    if (this.pixelSize !== null) this.url.replace({ drawn: null });
    this.selection.close();
    this.annotations.load(null);
    this.failed = 0;
    this.url.push({ item: null, style: this.#kept, pinned: null, blink: false, ...UPRIGHT });
    void this.pinned.load(undefined);
    void this.imagery.load(undefined);
  }

  #restore(state: ExplorerState): void {
    this.stack = null;
    if (state.item) void this.open(state.item, { zoom: false });
    else {
      this.selection.close();
      this.annotations.load(null);
      void this.imagery.load(undefined);
    }
    void this.#showPinned();
    if (!state.mosaic) this.mosaic.clear();
    this.mosaic.show(state.day);
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
