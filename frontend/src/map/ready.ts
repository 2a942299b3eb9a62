/** `data-ready` says that everything asked for so far is drawn; `data-tiles` how many imagery tiles came. */
import type TileLayer from "ol/layer/Tile";
import type OlMap from "ol/Map";
import type ImageTile from "ol/source/ImageTile";

export function markReady(map: OlMap, element: HTMLElement): void {
  map.on("loadstart", () => element.removeAttribute("data-ready"));
  map.on("rendercomplete", () => {
    if (!element.hasAttribute("data-ready")) element.setAttribute("data-ready", "");
  });
}

export function countTiles(layer: TileLayer<ImageTile>, element: HTMLElement): void {
  let [loaded, failed] = [0, 0];
  element.dataset.tiles = "0";
  layer.getSource()?.on("tileloadend", () => {
    loaded += 1;
    element.dataset.tiles = String(loaded);
  });
  layer.getSource()?.on("tileloaderror", () => {
    failed += 1;
    element.dataset.tilesFailed = String(failed);
  });
}
