/** Imagery as a layer: from a TileJSON document to tiles, on the map or in pixel space. */
import { createEmpty } from "ol/extent";
import TileLayer from "ol/layer/Tile";
import { Projection } from "ol/proj";
import ImageTile from "ol/source/ImageTile";
import { createXYZ } from "ol/tilegrid";
import TileGrid from "ol/tilegrid/TileGrid";
import { errorFrom, requestJson } from "../api/http";
import type { TileJson } from "../api/stac";
import { extentOf } from "./extent";

export const TILE_SIZE = 256;

export function fetchTileJson(url: string, signal?: AbortSignal): Promise<TileJson> {
  return requestJson<TileJson>(url, signal ? { signal } : {});
}

export function isPixelSpace(document: TileJson): boolean {
  return document.projection === "pixels";
}

/** Where imagery lies, in degrees: `bounds` may not cross the antimeridian, so that the site says `bbox` as well. */
export function placeOf(document: TileJson): readonly number[] | undefined {
  return document.bbox ?? document.bounds;
}

function blankTile(size: number): HTMLCanvasElement {
  const canvas = document.createElement("canvas");
  canvas.width = size;
  canvas.height = size;
  return canvas;
}

/** Fetched rather than set as an image's `src`: an empty tile is 204, which an image takes for an error. */
async function loadTile(
  url: string,
  size: number,
  signal: AbortSignal,
  mirrored = false,
): Promise<HTMLCanvasElement> {
  const response = await fetch(url, { credentials: "same-origin", signal });
  if (!response.ok) throw errorFrom(response.status, await response.text());
  const canvas = blankTile(size);
  if (response.status === 204) return canvas;
  const bitmap = await createImageBitmap(await response.blob());
  // Tiles at the right and lower edge may be cut: drawn into a full one, they aren't stretched.
  const context = canvas.getContext("2d");
  if (mirrored) context?.setTransform(-1, 0, 0, 1, size, 0);
  context?.drawImage(bitmap, 0, 0);
  bitmap.close();
  return canvas;
}

function tileUrl(template: string, z: number, x: number, y: number): string {
  return template.replace("{z}", String(z)).replace("{x}", String(x)).replace("{y}", String(y));
}

/** `columns` counts the tiles of a zoom's rows where these are laid from the right to the left. */
function tileSource(
  document: TileJson,
  tileGrid: TileGrid,
  projection: Projection | string,
  columns?: (z: number) => number,
): ImageTile {
  const template = document.tiles[0] ?? "";
  const size = document.tilesize ?? TILE_SIZE;
  return new ImageTile({
    projection,
    tileGrid,
    wrapX: typeof projection === "string",
    transition: 200,
    loader: (z, x, y, { signal }) => {
      const column = columns ? columns(z) - 1 - x : x;
      return loadTile(tileUrl(template, z, column, y), size, signal, columns !== undefined);
    },
  });
}

/** So many tiles may be shown, however small they are on the screen. */
const MOST_SMALL_TILES = 100;

/** Beyond it a mosaic is not drawn: its coarsest tiles would be many and small. */
export function sparseZoom(tilejson: TileJson): number {
  const { minzoom = 0 } = tilejson;
  const [west = -180, south = -85, east = 180, north = 85] = placeOf(tilejson) ?? [];
  const across = ((east < west ? east + 360 : east) - west) / 360;
  const tiles = across * ((north - south) / 170) * 4 ** minzoom;
  return tiles > MOST_SMALL_TILES ? minzoom - 1.5 : 0;
}

/** A layer on the Web Mercator map, asked for tiles only where and at the zooms at which it has them. */
export function mapLayer(tilejson: TileJson, className = "imagery"): TileLayer<ImageTile> {
  const { minzoom = 0, maxzoom = 22, tilesize = TILE_SIZE } = tilejson;
  const grid = createXYZ({ minZoom: minzoom, maxZoom: maxzoom, tileSize: tilesize });
  const source = tileSource(tilejson, grid, "EPSG:3857");
  // Above the graticule, below the footprints.
  const layer = new TileLayer({ source, className, zIndex: 5 });
  const bbox = placeOf(tilejson);
  if (bbox) layer.setExtent(extentOf(bbox));
  if (tilejson.sparse) layer.setMinZoom(sparseZoom(tilejson));
  return layer;
}

export interface PixelSpace {
  projection: Projection;
  extent: [number, number, number, number];
  layer: TileLayer<ImageTile>;
  /** Image pixels per screen pixel, coarse to fine. */
  resolutions: number[];
}

/**
 * Pixel space: x to the right and y up from the image's upper left corner, one unit a pixel. `mirror`, a width, has x
 * run from there to the left: the image's mirror image.
 */
export function pixelSpace(tilejson: TileJson, className = "imagery", mirror = 0): PixelSpace {
  const { width = TILE_SIZE, height = TILE_SIZE, maxzoom, tilesize = TILE_SIZE } = tilejson;
  const left = mirror ? mirror - width : 0;
  const extent: [number, number, number, number] = [left, -height, left + width, 0];
  const projection = new Projection({ code: "pixels", units: "pixels", extent });
  const resolutions = Array.from({ length: maxzoom + 1 }, (_, z) => 2 ** (maxzoom - z));
  const columns = (z: number) => Math.ceil(width / ((resolutions[z] ?? 1) * tilesize));
  // Mirrored, a row's last tile, which is cut, lies at the left: it begins beside the image.
  const origins = resolutions.map((resolution, z) =>
    mirror ? [mirror - columns(z) * resolution * tilesize, 0] : [0, 0],
  );
  const grid = new TileGrid({ extent, origins, resolutions, tileSize: tilesize });
  const layer = new TileLayer({
    source: tileSource(tilejson, grid, projection, mirror ? columns : undefined),
    className,
    extent: width && height ? extent : createEmpty(),
  });
  return { projection, extent, layer, resolutions };
}
