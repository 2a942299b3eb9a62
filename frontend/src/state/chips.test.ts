import { expect, it } from "vitest";
import { cql2, filterBody, filterQuery, NO_FILTERS } from "../api/stac";
import { matchOptions } from "../elements/geo-collections";
import { chipsOf, isFiltered } from "./chips";

const FILTERS = {
  ...NO_FILTERS,
  q: "snow",
  collections: ["a"],
  conditions: [
    { name: "eo:cloud_cover", max: 20 },
    { name: "platform", values: ["it's"] },
  ],
};

it("makes a chip of each filter, and says what is left without it", () => {
  const chips = chipsOf(FILTERS, new Map([["a", "Alps"]]));
  expect(chips.map(({ label }) => label)).toEqual(["“snow”", "Alps", "Cloud cover ≤ 20", "Platform: it's"]);
  expect(chips[2]?.without.conditions).toEqual([FILTERS.conditions[1]]);
  expect(isFiltered(NO_FILTERS)).toBe(false);
});

it("writes conditions as CQL2, with quotes doubled", () => {
  expect(cql2(FILTERS.conditions)).toBe(`"eo:cloud_cover" <= 20 AND "platform" IN ('it''s')`);
});

it("says the same in a body and in an address", () => {
  const area: [number, number][][] = [
    [
      [0, 0],
      [1, 0],
      [1, 1],
    ],
  ];
  const body = filterBody({ ...FILTERS, area, bbox: [1, 2, 3, 4] });
  expect(body.bbox).toBeUndefined();
  const query = new URLSearchParams(filterQuery({ ...FILTERS, area }));
  expect(JSON.parse(query.get("intersects") ?? "")).toEqual(body.intersects);
  expect(query.get("filter")).toBe(body.filter);
});

it("finds collections by words without accents, the chosen first", () => {
  const options = ["Forêt Noire", "Alps", "Forêt verte"].map((title) => ({ id: title, title, count: 1 }));
  const found = matchOptions(options, "foret", ["Forêt verte"]).map(({ title }) => title);
  expect(found).toEqual(["Forêt verte", "Forêt Noire"]);
});
