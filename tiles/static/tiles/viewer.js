// <tiles-viewer src="…/tilejson.json">: an image's tiles, to drag and zoom, in its own pixels or in Web Mercator.
// No library and no inline styles, so that it works in any project and under a strict Content-Security-Policy.

import { buttons, credit, fetchTileJson, makeFocusable, Notice, tileAddress, tileFailure } from "./controls.js";

const WORLD = 20037508.342789244 * 2;
const WHEEL_STEP = 0.0015;
const KEY_STEP = 60;

class TilesViewer extends HTMLElement {
  static observedAttributes = ["src"];

  connectedCallback() {
    if (this.ready) return;
    this.ready = true;
    makeFocusable(this, { label: "Image viewer", keys: "Arrow keys move, + and - zoom, 0 shows all." });
    this.tiles = new Map();
    this.pointers = new Map();
    this.notice = new Notice(this);
    this.explained = Promise.resolve();
    this.append(
      buttons([
        ["+", "Zoom in", () => this.zoomBy(2)],
        ["−", "Zoom out", () => this.zoomBy(0.5)],
        ["⤢", "Show all", () => this.fit()],
      ]),
    );
    this.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.addEventListener("pointerdown", (event) => this.grasp(event));
    this.addEventListener("pointermove", (event) => this.drag(event));
    for (const name of ["pointerup", "pointercancel"]) this.addEventListener(name, (event) => this.release(event));
    this.addEventListener("keydown", (event) => this.key(event));
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this);
    this.load();
  }

  disconnectedCallback() {
    this.observer?.disconnect();
    this.ready = false;
    this.replaceChildren();
  }

  attributeChangedCallback() {
    if (this.ready) this.load();
  }

  async load() {
    const src = this.getAttribute("src");
    if (!src) return;
    this.forget();
    this.setAttribute("aria-busy", "true");
    this.notice.say("Loading…");
    try {
      const tilejson = await fetchTileJson(src);
      if (src === this.getAttribute("src")) this.show(tilejson);
    } catch (error) {
      if (src !== this.getAttribute("src")) return;
      this.setAttribute("aria-busy", "false");
      this.notice.fail(error.message, () => this.load());
    }
  }

  show(tilejson) {
    this.plane = planeOf(tilejson);
    this.template = tilejson.tiles[0];
    this.notice.clear();
    if (tilejson.attribution) this.append(credit(tilejson.attribution));
    this.fit();
  }

  // What was shown before another `src`.
  forget() {
    this.plane = undefined;
    for (const image of this.tiles.values()) image.remove();
    this.tiles.clear();
    this.querySelector(".tiles-viewer__credit")?.remove();
  }

  // The view: `scale` screen pixels a unit of the plane, (x, y) the plane's point in the middle of the screen.
  fit() {
    if (!this.plane) return;
    const { extent } = this.plane;
    const [width, height] = [extent[2] - extent[0], extent[3] - extent[1]];
    this.scale = Math.min(this.clientWidth / width, this.clientHeight / height) * 0.96 || 1;
    [this.x, this.y] = [(extent[0] + extent[2]) / 2, (extent[1] + extent[3]) / 2];
    this.draw();
  }

  zoomBy(factor, left = this.clientWidth / 2, top = this.clientHeight / 2) {
    if (!this.plane) return;
    const finest = 1 / this.plane.cell(this.plane.maxzoom);
    const scale = Math.min(finest * 8, Math.max(finest / 2 ** (this.plane.maxzoom + 2), this.scale * factor));
    const [dx, dy] = [left - this.clientWidth / 2, top - this.clientHeight / 2];
    this.x += dx / this.scale - dx / scale;
    this.y += dy / this.scale - dy / scale;
    this.scale = scale;
    this.draw();
  }

  pan(dx, dy) {
    this.x -= dx / this.scale;
    this.y -= dy / this.scale;
    this.draw();
  }

  wheel(event) {
    event.preventDefault();
    const box = this.getBoundingClientRect();
    this.zoomBy(Math.exp(-event.deltaY * WHEEL_STEP), event.clientX - box.left, event.clientY - box.top);
  }

  grasp(event) {
    this.setPointerCapture(event.pointerId);
    this.pointers.set(event.pointerId, [event.clientX, event.clientY]);
    this.classList.add("is-dragged");
  }

  drag(event) {
    const before = this.pointers.get(event.pointerId);
    if (!before || !this.plane) return;
    const now = [event.clientX, event.clientY];
    if (this.pointers.size === 1) {
      this.pan(now[0] - before[0], now[1] - before[1]);
    } else {
      const other = [...this.pointers].find(([id]) => id !== event.pointerId)[1];
      const ratio = distance(now, other) / Math.max(1, distance(before, other));
      const box = this.getBoundingClientRect();
      this.zoomBy(ratio, (now[0] + other[0]) / 2 - box.left, (now[1] + other[1]) / 2 - box.top);
    }
    this.pointers.set(event.pointerId, now);
  }

  release(event) {
    this.pointers.delete(event.pointerId);
    if (!this.pointers.size) this.classList.remove("is-dragged");
  }

  key(event) {
    const actions = {
      "+": () => this.zoomBy(2),
      "=": () => this.zoomBy(2),
      "-": () => this.zoomBy(0.5),
      0: () => this.fit(),
      ArrowLeft: () => this.pan(KEY_STEP, 0),
      ArrowRight: () => this.pan(-KEY_STEP, 0),
      ArrowUp: () => this.pan(0, KEY_STEP),
      ArrowDown: () => this.pan(0, -KEY_STEP),
    };
    const act = this.plane && event.target === this && actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }

  draw() {
    if (!this.plane || !this.clientWidth) return;
    const zoom = this.plane.zoomFor(this.scale * (window.devicePixelRatio || 1));
    const wanted = new Map();
    for (const tile of this.plane.tiles(zoom, this.view())) wanted.set(tile.key, tile);
    for (const [key, image] of this.tiles) {
      if (wanted.has(key)) continue;
      // What was shown stays below until all that takes its place is there.
      if (image.complete && this.waiting()) continue;
      image.remove();
      this.tiles.delete(key);
    }
    for (const [key, tile] of wanted) if (!this.tiles.has(key)) this.tiles.set(key, this.image(tile));
    for (const image of this.tiles.values()) this.place(image);
    this.dataset.zoom = String(zoom);
    this.setAttribute("aria-busy", String(this.waiting()));
  }

  waiting() {
    return [...this.tiles.values()].some((image) => !image.complete);
  }

  view() {
    const [width, height] = [this.clientWidth / this.scale / 2, this.clientHeight / this.scale / 2];
    return [this.x - width, this.y - height, this.x + width, this.y + height];
  }

  image(tile) {
    const image = document.createElement("img");
    image.alt = "";
    image.draggable = false;
    image.tile = tile;
    image.addEventListener("load", () => this.draw(), { once: true });
    image.addEventListener("error", () => this.miss(image), { once: true });
    image.src = tileAddress(this.template, { z: tile.z, x: tile.column, y: tile.row });
    this.prepend(image);
    return image;
  }

  // One after the other, and none after the first failure: a server that is in trouble isn't asked more than needed.
  miss(image) {
    image.hidden = true;
    image.missing = true;
    this.draw();
    this.explained = this.explained.then(() => this.explain(image));
  }

  async explain(image) {
    if (this.notice.isFailure || !image.isConnected) return;
    const failure = await tileFailure(image.src);
    if (failure && image.isConnected) this.notice.fail(`Not all is shown. ${failure}`, () => this.askAgain());
  }

  askAgain() {
    for (const [key, image] of this.tiles) {
      if (!image.missing) continue;
      image.remove();
      this.tiles.delete(key);
    }
    this.draw();
  }

  place(image) {
    const { tile } = image;
    // Whole pixels, so that no seam shows between neighbours.
    const across = (x) => Math.round((x - this.x) * this.scale + this.clientWidth / 2);
    const down = (y) => Math.round((y - this.y) * this.scale + this.clientHeight / 2);
    const [left, top] = [across(tile.x), down(tile.y)];
    image.style.width = `${across(tile.x + tile.span) - left}px`;
    image.style.height = `${down(tile.y + tile.span) - top}px`;
    // A JPEG tile has no transparency: what it has beyond the image's edge is cut off.
    if (this.plane.isPixels) {
      const width = across(Math.min(tile.x + tile.span, this.plane.extent[2])) - left;
      const height = down(Math.min(tile.y + tile.span, this.plane.extent[3])) - top;
      image.style.clipPath = `polygon(0 0, ${width}px 0, ${width}px ${height}px, 0 ${height}px)`;
    }
    image.style.transform = `translate(${left}px, ${top}px)`;
  }
}

// A plane of tiles with y downwards: an image's own pixels, or the world in Web Mercator's metres.
function planeOf(tilejson) {
  const size = tilejson.tilesize ?? 256;
  const { minzoom = 0, maxzoom = 0 } = tilejson;
  if (tilejson.projection === "pixels") {
    const extent = [0, 0, tilejson.width, tilejson.height];
    return plane({ extent, minzoom, maxzoom, size, isPixels: true, cell: (z) => 2 ** (maxzoom - z) });
  }
  const [west, south, east, north] = tilejson.bounds;
  const extent = [mercatorX(west), mercatorY(north), mercatorX(east), mercatorY(south)];
  return plane({ extent, minzoom, maxzoom, size, cell: (z) => WORLD / size / 2 ** z });
}

function plane({ extent, minzoom, maxzoom, size, cell, isPixels = false }) {
  return {
    extent,
    isPixels,
    maxzoom,
    cell,
    zoomFor(scale) {
      for (let z = minzoom; z < maxzoom; z++) if (scale * cell(z) <= 1.2) return z;
      return maxzoom;
    },
    *tiles(z, view) {
      const span = cell(z) * size;
      const [left, top] = [Math.max(view[0], extent[0]), Math.max(view[1], extent[1])];
      const [right, bottom] = [Math.min(view[2], extent[2]), Math.min(view[3], extent[3])];
      for (let row = Math.floor(top / span); row * span < bottom; row++) {
        for (let column = Math.floor(left / span); column * span < right; column++) {
          yield { key: `${z}/${column}/${row}`, z, column, row, x: column * span, y: row * span, span };
        }
      }
    },
  };
}

function mercatorX(longitude) {
  return ((longitude + 180) / 360) * WORLD;
}

function mercatorY(latitude) {
  const angle = (Math.max(-85.0511, Math.min(85.0511, latitude)) * Math.PI) / 180;
  return (0.5 - Math.log(Math.tan(Math.PI / 4 + angle / 2)) / (2 * Math.PI)) * WORLD;
}

function distance(a, b) {
  return Math.hypot(a[0] - b[0], a[1] - b[1]);
}

if (!customElements.get("tiles-viewer")) customElements.define("tiles-viewer", TilesViewer);
