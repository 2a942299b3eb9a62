import { beforeEach, expect, it } from "vitest";
import { forgetSearch, savedSearches, saveSearch } from "./saved";

beforeEach(() => localStorage.clear());

it("keeps searches by name, the newest first", () => {
  saveSearch({ name: "a", query: "?v=1&q=a" });
  saveSearch({ name: "b", query: "?v=1&q=b" });
  saveSearch({ name: "a", query: "?v=1&q=c" });
  expect(savedSearches()).toEqual([
    { name: "a", query: "?v=1&q=c" },
    { name: "b", query: "?v=1&q=b" },
  ]);
  expect(forgetSearch("a").map(({ name }) => name)).toEqual(["b"]);
});

it.each(["no JSON", "7", '[7,{"name":1},{"name":"x","query":"javascript:1"}]'])(
  "keeps nothing of %s",
  (text) => {
    localStorage.setItem("geodata-searches", text);
    expect(savedSearches()).toEqual([]);
  },
);
