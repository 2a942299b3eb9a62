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

/**
 * Counts tiles in the element's `data-tiles` and `data-tiles-failed`. `changed` hears how many failed and why, and 0
 * when they came after all.
 */
export function countTiles(
  layer: TileLayer<ImageTile>,
  element: HTMLElement,
  changed: (failed: number) => void = () => {},
): void {
  let loaded = 0;
  const failed = new Set<unknown>();
  element.dataset.tiles = "0";
  delete element.dataset.tilesFailed;
  const source = layer.getSource();
  source?.on("tileloadend", ({ tile }) => {
    loaded += 1;
    element.dataset.tiles = String(loaded);
    if (failed.delete(String(tile.tileCoord))) changed(failed.size);
  });
  source?.on("tileloaderror", ({ tile }) => {
    failed.add(String(tile.tileCoord));
    element.dataset.tilesFailed = String(failed.size);
    changed(failed.size);
  });
}
