/** How imagery is drawn: what the render panel sets, the address holds and tiles are asked for. */
import { sitePath } from "../api/http";
import { findLink, type Item, ownHref } from "../api/stac";
import { type Planes, parsePlanes, setPlanes } from "./planes";

export interface Style {
  /** A rendering of the item's collection, by its name; the rest then changes it. */
  render: string;
  /** Assets whose bands are drawn, where an item has several. */
  assets: string[];
  /** Numbers of bands, from 1: one, or those for red, green and blue. Empty: as it comes. */
  bands: number[];
  /** Of bands `b1`, `b2`, … */
  expression: string;
  /** Values that become black and full, for all bands or one pair each. Empty: the 2nd and 98th percentile. */
  rescale: [low: number, high: number][];
  colormap: string;
  algorithm: string;
  gamma: number;
  resampling: string;
  nodata: string;
  /** Focus and time of a slide, or the number of a page. */
  planes: Planes;
}

export const NO_STYLE: Style = {
  render: "",
  assets: [],
  bands: [],
  expression: "",
  rescale: [],
  colormap: "",
  algorithm: "",
  gamma: 1,
  resampling: "",
  nodata: "",
  planes: {},
};

export const GAMMAS = { min: 0.3, max: 3 };
const NAME = /^[\w.:-]{1,80}$/;
const EXPRESSION = /^[\w\s+\-*/().,;<>=!&|?:]{1,500}$/;
const NODATA = /^(nan|-?[\d.eE+-]{1,30})$/i;

function pair(text: string): [number, number] | null {
  const [low, high, ...more] = text
    .split(",")
    .map((each) => (each.trim() === "" ? Number.NaN : Number(each)));
  const valid = Number.isFinite(low) && Number.isFinite(high) && !more.length && low !== high;
  return valid ? [low as number, high as number] : null;
}

function matching(text: string | null, pattern: RegExp): string {
  return text && pattern.test(text) ? text : "";
}

/** Never throws: what can't be understood is left out. */
export function parseStyle(params: URLSearchParams): Style {
  const bands = (params.get("bidx") ?? "").split(",").map(Number);
  const gamma = Number(params.get("gamma") ?? 1);
  const pairs = params.getAll("rescale").map(pair);
  return {
    render: matching(params.get("render"), /^.{1,200}$/),
    assets: params.getAll("asset").filter((key) => key.length <= 200),
    bands: [1, 3].includes(bands.length) && bands.every((n) => Number.isInteger(n) && n > 0) ? bands : [],
    expression: matching(params.get("expression"), EXPRESSION),
    rescale: pairs.every((each) => each !== null) ? (pairs as [number, number][]).slice(0, 3) : [],
    colormap: matching(params.get("colormap"), NAME),
    algorithm: matching(params.get("algorithm"), NAME),
    gamma: gamma >= GAMMAS.min && gamma <= GAMMAS.max ? gamma : 1,
    resampling: matching(params.get("resampling"), NAME),
    nodata: matching(params.get("nodata"), NODATA),
    planes: parsePlanes(params),
  };
}

/** Adds to the address' query what isn't as it comes. */
export function formatStyle(style: Style, params: URLSearchParams): void {
  if (style.render) params.set("render", style.render);
  for (const key of style.assets) params.append("asset", key);
  if (style.bands.length) params.set("bidx", style.bands.join(","));
  if (style.expression) params.set("expression", style.expression);
  for (const ends of style.rescale) params.append("rescale", ends.join(","));
  if (style.colormap) params.set("colormap", style.colormap);
  if (style.algorithm) params.set("algorithm", style.algorithm);
  if (style.gamma !== 1) params.set("gamma", String(style.gamma));
  if (style.resampling) params.set("resampling", style.resampling);
  if (style.nodata) params.set("nodata", style.nodata);
  setPlanes(style.planes, params);
}

/** The parameters that tiles take for it. */
export function styleParams(style: Style): URLSearchParams {
  const params = new URLSearchParams();
  if (style.render) params.set("render", style.render);
  if (style.assets.length) params.set("assets", style.assets.join(","));
  if (style.bands.length) params.set("bidx", style.bands.join(","));
  if (style.expression) params.set("expression", style.expression);
  for (const ends of style.rescale) params.append("rescale", ends.join(","));
  if (style.colormap) params.set("colormap_name", style.colormap);
  if (style.algorithm) params.set("algorithm", style.algorithm);
  if (style.gamma !== 1) params.set("color_formula", `gamma RGB ${style.gamma}`);
  if (style.resampling) params.set("resampling", style.resampling);
  if (style.nodata) params.set("nodata", style.nodata);
  setPlanes(style.planes, params);
  return params;
}

/** What of it chooses values; the rest only paints them. */
export function valuesOf({ render, assets, bands, expression, nodata, planes }: Style): Style {
  return { ...NO_STYLE, render, assets, bands, expression, nodata, planes };
}

export function isPlain(style: Style): boolean {
  return styleParams(style).size === 0;
}

/** Below the address of the imagery's routes: `tilejson.json`, `data/point/8.5,47.4`. Undefined without imagery. */
export function imageryUrl(item: Item, style: Style, part = "tilejson.json"): string | undefined {
  const href = ownHref(findLink(item.links ?? [], "tilejson")?.href);
  if (!href) return undefined;
  const url = new URL(href, window.location.href);
  url.pathname =
    style.render || style.assets.length
      ? sitePath(`/tiles/${encodeURIComponent(item.collection)}/${encodeURIComponent(item.id)}/${part}`)
      : url.pathname.replace(/tilejson\.json$/, part);
  const params = styleParams(style);
  for (const name of new Set(params.keys())) url.searchParams.delete(name);
  if (style.render) url.searchParams.delete("assets");
  for (const [name, value] of params) url.searchParams.append(name, value);
  return url.href;
}
