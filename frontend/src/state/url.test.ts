import { describe, expect, it } from "vitest";
import { NO_STYLE } from "./style";
import { type ExplorerState, formatState, INITIAL, parseState, UrlState, validBbox } from "./url";

const FULL: ExplorerState = {
  collections: ["sentinel-2", "a b&c"],
  from: "2020-01-31",
  to: "2021-02-28",
  bbox: [-10.5, 40, 3.25, 51],
  item: { collection: "sentinel-2", id: "S2A_32TMS & more" },
  view: { zoom: 6.25, lat: 47.12345, lon: 8.5 },
  opacity: 0.4,
  turn: 270,
  flip: true,
  mosaic: true,
  drawn: {
    type: "Polygon",
    coordinates: [
      [
        [8, 47],
        [9, 47],
        [9, 48.5],
        [8, 47],
      ],
    ],
  },
  day: "2020-06-30",
  at: { lon: -8.5, lat: 47.25 },
  follow: true,
  q: '"sea ice" +alps',
  area: [
    [
      [8, 47],
      [9, 47],
      [9, 48.5],
    ],
  ],
  conditions: [
    { name: "eo:cloud_cover", max: 20 },
    { name: "gsd", min: -1.5, max: 30 },
    { name: "platform", values: ["sentinel-2a", "a|b=c,d"] },
  ],
  sort: "-eo:cloud_cover",
  blink: true,
  pinned: {
    collection: "other",
    id: "an item",
    style: { ...NO_STYLE, bands: [4], colormap: "viridis", gamma: 1.5 },
  },
  style: {
    render: "ndvi",
    assets: ["red", "nir"],
    bands: [4, 3, 2],
    expression: "(b2-b1)/(b2+b1)",
    rescale: [
      [0, 3000],
      [-0.5, 1],
      [0, 1],
    ],
    colormap: "cmc.batlow",
    algorithm: "hillshade",
    gamma: 1.4,
    resampling: "bilinear",
    nodata: "-9999",
    planes: { z: 2, t: 11 },
  },
};

describe("formatState and parseState", () => {
  it("round-trip every part", () => {
    expect(parseState(formatState(FULL))).toEqual(FULL);
  });

  it("leave the address bare for the initial state", () => {
    expect(formatState(INITIAL)).toBe("");
    expect(parseState("")).toEqual(INITIAL);
  });

  it("keep commas readable", () => {
    expect(formatState({ ...INITIAL, bbox: [1, 2, 3, 4] })).toBe("?v=1&bbox=1,2,3,4");
  });

  it("keep a box across the antimeridian", () => {
    expect(parseState("?v=1&bbox=170,-20,-170,-10").bbox).toEqual([170, -20, -170, -10]);
  });
});

describe("parseState of what people may type", () => {
  it.each([
    ["bbox of words", "?bbox=a,b,c,d"],
    ["bbox of three numbers", "?bbox=1,2,3"],
    ["bbox with a gap", "?bbox=1,,3,4"],
    ["bbox upside down", "?bbox=1,50,3,40"],
    ["bbox off the globe", "?bbox=-200,0,10,10"],
    ["a day that isn't", "?from=yesterday&to=2020-13-45"],
    ["a view without a zoom", "?map=,1,2"],
    ["an item without its collection", "?item=x"],
    ["opacity out of range", "?opacity=7"],
    ["a turn of words", "?turn=left&flip=yes"],
    ["a turn without end", "?turn=1e300"],
    ["an area of two points", "?area=1,2;3,4"],
    ["an area off the globe", "?area=1,2;3,4;500,6"],
    ["a condition without ends", "?where=gsd:.."],
    ["a condition of words", "?where=gsd:a..b"],
    ["a sort order with a space", "?sort=a%20b"],
    ["bands that aren't", "?bidx=1,2"],
    ["bands below one", "?bidx=0"],
    ["a rescale of words", "?rescale=a,b"],
    ["a rescale without width", "?rescale=1,1"],
    ["gamma out of range", "?gamma=99"],
    ["planes that aren't", "?z=-1&t=x&frame=0.5"],
    ["a comparison with nothing", "?with=x"],
    ["an expression with quotes", "?expression=b1%22"],
    ["a version from the future", "?v=99&from=2020-01-01"],
  ])("ignores %s", (_name, search) => {
    expect(parseState(search)).toEqual(INITIAL);
  });

  it("drops repeated and empty collections", () => {
    expect(parseState("?collection=a&collection=a&collection=").collections).toEqual(["a"]);
  });
});

describe("validBbox", () => {
  it("refuses a box without area", () => {
    expect(validBbox([1, 1, 1, 2])).toBeNull();
    expect(validBbox([1, 2, 3, 2])).toBeNull();
  });
});

describe("UrlState", () => {
  it("pushes a step only when the address changes, and replaces while moving", () => {
    window.history.replaceState(null, "", "/explore/");
    const url = new UrlState(window);
    const before = window.history.length;
    url.push({ collections: [] });
    expect(window.history.length).toBe(before);
    url.push({ from: "2020-01-01" });
    expect(window.location.search).toBe("?v=1&from=2020-01-01");
    url.replace({ opacity: 0.5 });
    expect(window.location.search).toBe("?v=1&from=2020-01-01&opacity=0.5");
  });

  it("reads the address again after Back", () => {
    const url = new UrlState(window);
    let seen = "";
    const stop = url.onBack((state) => {
      seen = state.to;
    });
    window.history.replaceState(null, "", "/explore/?v=1&to=2022-02-02");
    window.dispatchEvent(new PopStateEvent("popstate"));
    stop();
    expect(seen).toBe("2022-02-02");
  });
});
