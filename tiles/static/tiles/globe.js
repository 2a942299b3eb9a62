// <tiles-globe src="…/tilejson.json">: an image on CesiumJS' globe, over the Natural Earth that Cesium brings along.
// Cesium.js has to be loaded before, and only here: it weighs megabytes.

class TilesGlobe extends HTMLElement {
  async connectedCallback() {
    try {
      const response = await fetch(this.getAttribute("src"), { headers: { Accept: "application/json" } });
      const tilejson = await response.json();
      if (!response.ok) throw new Error(tilejson.description || response.statusText);
      if (!tilejson.bounds) throw new Error("This image has no place on Earth");
      await this.show(tilejson);
    } catch (error) {
      const message = document.createElement("p");
      message.className = "tiles-viewer__message";
      message.setAttribute("role", "alert");
      message.textContent = error.message;
      this.append(message);
    }
  }

  disconnectedCallback() {
    this.widget?.destroy();
    this.replaceChildren();
  }

  async show(tilejson) {
    const { Cesium } = window;
    const place = document.createElement("div");
    place.className = "tiles-globe__place";
    this.append(place);
    this.widget = new Cesium.CesiumWidget(place, {
      baseLayer: false,
      skyBox: false,
      requestRenderMode: true, // An idle globe is not drawn again and again.
      creditContainer: document.createElement("div"),
    });
    const layers = this.widget.imageryLayers;
    const earth = Cesium.buildModuleUrl("Assets/Textures/NaturalEarthII");
    layers.addImageryProvider(await Cesium.TileMapServiceImageryProvider.fromUrl(earth));
    const rectangle = Cesium.Rectangle.fromDegrees(...tilejson.bounds);
    layers.addImageryProvider(
      new Cesium.UrlTemplateImageryProvider({
        url: tilejson.tiles[0],
        rectangle,
        maximumLevel: tilejson.maxzoom,
        tileWidth: tilejson.tilesize ?? 256,
        tileHeight: tilejson.tilesize ?? 256,
      }),
    );
    this.widget.camera.setView({ destination: rectangle });
    const { scene } = this.widget;
    scene.postRender.addEventListener(() => {
      if (scene.globe.tilesLoaded) this.dataset.ready = "";
    });
  }
}

if (!customElements.get("tiles-globe")) customElements.define("tiles-globe", TilesGlobe);
