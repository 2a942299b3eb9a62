import { expect, it } from "vitest";
import type { Item } from "../api/stac";
import { imageryUrl, isPlain, NO_STYLE, parseStyle, styleParams } from "./style";

const item = (href: string): Item => ({
  type: "Feature",
  id: "a b",
  collection: "c",
  geometry: null,
  properties: {},
  assets: {},
  links: [{ rel: "tilejson", href }],
});
const asset = item(`${window.location.origin}/tiles/c/a%20b/data/tilejson.json`);

it("asks for imagery as it comes where no style is set", () => {
  expect(isPlain(NO_STYLE)).toBe(true);
  expect(imageryUrl(asset, NO_STYLE)).toBe(`${window.location.origin}/tiles/c/a%20b/data/tilejson.json`);
});

it("names bands, ranges and colours as tiles take them", () => {
  const style = {
    ...NO_STYLE,
    bands: [4],
    rescale: [[0, 10] as [number, number]],
    colormap: "viridis",
    gamma: 2,
  };
  const url = new URL(imageryUrl(asset, style) ?? "");
  expect(Object.fromEntries(url.searchParams)).toEqual({
    bidx: "4",
    rescale: "0,10",
    colormap_name: "viridis",
    color_formula: "gamma RGB 2",
  });
});

it("asks the item, not one asset, for several assets and for renderings", () => {
  const of = (change: object) =>
    new URL(imageryUrl(asset, { ...NO_STYLE, ...change }, "data/point/1,2") ?? "");
  expect(of({ assets: ["red", "nir"] }).pathname).toBe("/tiles/c/a%20b/data/point/1,2");
  expect(of({ assets: ["red", "nir"] }).searchParams.get("assets")).toBe("red,nir");
  expect(of({ render: "ndvi" }).searchParams.get("render")).toBe("ndvi");
});

it("asks no other host", () => {
  expect(imageryUrl(item("https://elsewhere.example/tilejson.json"), NO_STYLE)).toBeUndefined();
});

it("reads styles that were mangled as none", () => {
  const mangled = "bidx=x&rescale=1&gamma=-1&colormap=%3Cb%3E&nodata=abc&resampling=..%2F..%20&algorithm=";
  expect(styleParams(parseStyle(new URLSearchParams(mangled))).size).toBe(0);
});
