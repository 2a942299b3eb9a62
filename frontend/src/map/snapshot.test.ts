import { describe, expect, it } from "vitest";
import { fileName, placement, seenWidth } from "./snapshot";

describe("seenWidth", () => {
  const map = { left: 400, right: 1280, top: 60 };

  it("ends at a drawer over the map, and not at one below it", () => {
    expect(seenWidth(map, undefined)).toBe(880);
    expect(seenWidth(map, { left: 900, right: 1268, top: 72 })).toBe(500);
    expect(seenWidth({ left: 0, right: 375, top: 60 }, { left: 0, right: 375, top: 400 })).toBe(375);
  });
});

describe("placement", () => {
  it.each([
    ["matrix(0.5, 0, 0, 0.5, 10, -4)", 0, 600, [0.5, 0, 0, 0.5, 10, -4]],
    ["", 300, 600, [0.5, 0, 0, 0.5, 0, 0]],
    ["none", Number.NaN, 600, [1, 0, 0, 1, 0, 0]],
    ["matrix(a)", 600, 600, [1, 0, 0, 1, 0, 0]],
  ])("of %s", (transform, shown, width, expected) => {
    expect(placement(transform, shown, width)).toEqual(expected);
  });
});

describe("fileName", () => {
  it.each([
    ["S2A_32TMS.2024", "S2A_32TMS.2024.png"],
    ["../../a b/<c>", "a-b-c.png"],
    ["…", "map.png"],
  ])("of %s", (id, expected) => {
    expect(fileName(id)).toBe(expected);
  });
});
