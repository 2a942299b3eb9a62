// <tiles-globe src="…/tilejson.json">: an image on CesiumJS' globe, over the Natural Earth that Cesium brings along.
// Cesium.js has to be loaded before, and only here: it weighs megabytes.

import { buttons, credit, fetchTileJson, makeFocusable, Notice, tileAddress, tileFailure } from "./controls.js";

// The part of the height over the ground that a step of zooming takes, and that a step of moving is wide.
const ZOOM_STEP = 0.4;
const MOVE_STEP = 0.15;
// And the part that is shown around the whole image.
const MARGIN = 0.08;

class TilesGlobe extends HTMLElement {
  connectedCallback() {
    makeFocusable(this, { label: "Globe", keys: "Arrow keys turn the globe, + and - zoom, 0 shows the image." });
    this.notice = new Notice(this);
    this.addEventListener("keydown", this.key);
    this.load();
  }

  disconnectedCallback() {
    this.removeEventListener("keydown", this.key);
    this.forget();
  }

  async load() {
    this.forget();
    this.setAttribute("aria-busy", "true");
    this.notice.say("Loading…");
    try {
      const tilejson = await fetchTileJson(this.getAttribute("src"));
      if (!tilejson.bounds) throw new Error("This image has no place on Earth.");
      if (!this.isConnected) return;
      await this.show(tilejson);
      this.notice.clear();
    } catch (error) {
      this.forget();
      this.setAttribute("aria-busy", "false");
      this.notice.fail(error.message, () => this.load());
    }
  }

  forget() {
    this.widget?.destroy();
    this.widget = undefined;
    this.replaceChildren();
  }

  async show(tilejson) {
    const { Cesium } = window;
    if (!Cesium) throw new Error("CesiumJS is not among this site's static files.");
    const place = document.createElement("div");
    place.className = "tiles-globe__place";
    this.append(place);
    this.widget = new Cesium.CesiumWidget(place, {
      baseLayer: false,
      skyBox: false,
      requestRenderMode: true, // An idle globe is not drawn again and again.
      creditContainer: document.createElement("div"),
      showRenderLoopErrors: false,
    });
    const layers = this.widget.imageryLayers;
    const earth = Cesium.buildModuleUrl("Assets/Textures/NaturalEarthII");
    layers.addImageryProvider(await Cesium.TileMapServiceImageryProvider.fromUrl(earth));
    this.rectangle = Cesium.Rectangle.fromDegrees(...tilejson.bounds);
    layers.addImageryProvider(this.imagery(tilejson));
    this.fit();
    const { scene } = this.widget;
    scene.postRender.addEventListener(() => {
      this.setAttribute("aria-busy", String(!scene.globe.tilesLoaded));
      if (scene.globe.tilesLoaded) this.dataset.ready = "";
    });
    this.append(
      buttons([
        ["+", "Zoom in", () => this.zoom(ZOOM_STEP)],
        ["−", "Zoom out", () => this.zoom(-ZOOM_STEP)],
        ["⤢", "Show all", () => this.fit()],
      ]),
      credit([tilejson.attribution, "Natural Earth"].filter(Boolean).join(" · ")),
    );
  }

  imagery(tilejson) {
    const provider = new window.Cesium.UrlTemplateImageryProvider({
      url: tilejson.tiles[0],
      rectangle: this.rectangle,
      maximumLevel: tilejson.maxzoom,
      tileWidth: tilejson.tilesize ?? 256,
      tileHeight: tilejson.tilesize ?? 256,
    });
    provider.errorEvent.addEventListener(async ({ x, y, level }) => {
      if (this.notice.isFailure) return;
      const failure = await tileFailure(tileAddress(tilejson.tiles[0], { z: level, x, y }));
      if (failure) this.notice.fail(`Not all is shown. ${failure}`, () => this.load());
    });
    return provider;
  }

  fit() {
    this.look((camera) => {
      camera.setView({ destination: this.rectangle });
      camera.moveBackward(camera.positionCartographic.height * MARGIN);
    });
  }

  zoom(part) {
    this.look((camera) => camera.moveForward(camera.positionCartographic.height * part));
  }

  // Steps to the east and the north; negative ones to the west and the south.
  move({ east = 0, north = 0 }) {
    this.look((camera) => {
      const { longitude, latitude, height } = camera.positionCartographic;
      const { Cartesian3, Ellipsoid, Math: Angles } = window.Cesium;
      const step = (height / Ellipsoid.WGS84.maximumRadius) * MOVE_STEP;
      const up = Angles.clamp(latitude + north * step, -Angles.PI_OVER_TWO, Angles.PI_OVER_TWO);
      const across = longitude + (east * step) / Math.max(0.1, Math.cos(latitude));
      camera.setView({
        destination: Cartesian3.fromRadians(across, up, height),
        orientation: { heading: camera.heading, pitch: camera.pitch, roll: camera.roll },
      });
    });
  }

  look(change) {
    if (!this.widget) return;
    change(this.widget.camera);
    this.widget.scene.requestRender();
  }

  key(event) {
    const actions = {
      "+": () => this.zoom(ZOOM_STEP),
      "=": () => this.zoom(ZOOM_STEP),
      "-": () => this.zoom(-ZOOM_STEP),
      0: () => this.fit(),
      ArrowLeft: () => this.move({ east: -1 }),
      ArrowRight: () => this.move({ east: 1 }),
      ArrowUp: () => this.move({ north: 1 }),
      ArrowDown: () => this.move({ north: -1 }),
    };
    const act = event.target === this && actions[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  }
}

if (!customElements.get("tiles-globe")) customElements.define("tiles-globe", TilesGlobe);
