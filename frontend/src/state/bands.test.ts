import { expect, it } from "vitest";
import { rebin } from "../api/imagery";
import type { Item } from "../api/stac";
import { bandsOf, describeStyle, pick, picked, presetOf, presetsOf } from "./bands";
import { NO_STYLE } from "./style";

function item(assets: Item["assets"], links: Item["links"] = []): Item {
  const tilejson = { rel: "tilejson", href: `${window.location.origin}/tiles/c/i/data/tilejson.json` };
  return {
    type: "Feature",
    id: "i",
    collection: "c",
    geometry: null,
    properties: {},
    assets,
    links: [tilejson, ...links],
  };
}

const band = (name: string) => ({ name, "eo:common_name": name });
const ONE = item({
  data: { href: "/a.tif", roles: ["data"], bands: ["red", "green", "blue", "nir"].map(band) },
});
const MANY = item({
  B04: { href: "/4.tif", roles: ["data"], bands: [band("red")] },
  B08: { href: "/8.tif", roles: ["data"], bands: [band("nir")] },
  thumbnail: { href: "/t.webp", roles: ["thumbnail"], type: "image/tiff" },
});

it("lists bands of all assets that are imagery", () => {
  expect(bandsOf(ONE).map(({ name }) => name)).toEqual(["red", "green", "blue", "nir"]);
  expect(bandsOf(MANY).map(({ name, common }) => [name, common])).toEqual([
    ["B04", "red"],
    ["B08", "nir"],
  ]);
});

it("numbers bands through the assets it names, there and back", () => {
  const entries = bandsOf(MANY);
  const chosen = [entries[1], entries[0]] as typeof entries;
  const style = { ...NO_STYLE, ...pick(entries, chosen) };
  expect(style.assets).toEqual(["B08", "B04"]);
  expect(picked(entries, style)).toEqual(chosen);
});

it("offers what common names allow, and the collection's renderings", () => {
  const rendered = item(ONE.assets, [
    { rel: "tilejson", href: `${window.location.origin}/tiles/c/i/tilejson.json?render=fire`, title: "Fire" },
  ]);
  expect(presetsOf(rendered).map(({ id }) => id)).toEqual([
    "",
    "render:fire",
    "natural",
    "infrared",
    "ndvi",
    "ndwi",
  ]);
  const ndvi = presetsOf(ONE).find(({ id }) => id === "ndvi");
  expect(ndvi?.style.expression).toBe("(b4-b1)/(b4+b1)");
  const many = presetsOf(MANY).find(({ id }) => id === "ndvi");
  expect([many?.style.assets, many?.style.expression]).toEqual([["B08", "B04"], "(b1-b2)/(b1+b2)"]);
});

it("offers nothing twice that the collection's renderings are already", () => {
  const tilejson = (name: string) => ({
    rel: "tilejson",
    href: `${window.location.origin}/tiles/c/i/tilejson.json?render=${name}`,
  });
  const rendered = item(ONE.assets, ["true-color", "ndvi"].map(tilejson));
  expect(presetsOf(rendered).map(({ id }) => id)).toEqual([
    "",
    "render:true-color",
    "render:ndvi",
    "infrared",
    "ndwi",
  ]);
});

it("offers heights a relief, and pictures none", () => {
  const of = (data_type: string): Item => ({
    ...item({ data: { href: "/a.tif", roles: ["data"], bands: [{ data_type }] } }),
    geometry: { type: "Point", coordinates: [0, 0] },
  });
  expect(presetsOf(of("int16")).some(({ id }) => id === "relief")).toBe(true);
  expect(presetsOf(of("uint8")).some(({ id }) => id === "relief")).toBe(false);
});

it("knows a preset whatever its stretch, and says what is shown", () => {
  const presets = presetsOf(ONE);
  const style = {
    ...NO_STYLE,
    ...presets.find(({ id }) => id === "ndvi")?.style,
    rescale: [[0, 1]] as [number, number][],
  };
  expect(presetOf(presets, style)?.id).toBe("ndvi");
  expect(describeStyle(ONE, style)).toMatchObject({ colormap: "rdylgn", ranges: "0 – 1" });
  expect(describeStyle(ONE, { ...NO_STYLE, bands: [4, 1, 2] }).title).toContain("nir, red, green");
  expect(describeStyle(ONE, { ...NO_STYLE, bands: [2] }).title).toBe("Band green");
});

it("widens bins without losing counts", () => {
  const wide = rebin(Array.from({ length: 256 }, (_, at) => at));
  expect(wide).toHaveLength(64);
  expect(wide.reduce((sum, count) => sum + count)).toBe((255 * 256) / 2);
});
