import { describe, expect, it } from "vitest";
import { bboxOf, centerOf, extentOf } from "./extent";

describe("extentOf and bboxOf", () => {
  it.each([
    ["a plain box", [-10.5, 40, 3.25, 51]],
    ["one across the antimeridian", [170, -20, -170, -10]],
    ["one that ends at the antimeridian", [170, -20, 180, -10]],
    ["the whole width", [-180, -60, 180, 60]],
  ])("round-trip %s", (_name, bbox) => {
    expect(bboxOf(extentOf(bbox))).toEqual(bbox);
  });

  it("clamp the poles, which Web Mercator doesn't have", () => {
    const extent = extentOf([-180, -90, 180, 90]);
    expect(extent.every(Number.isFinite)).toBe(true);
  });

  it("take a box with heights", () => {
    expect(extentOf([1, 2, 0, 3, 4, 100])).toEqual(extentOf([1, 2, 3, 4]));
  });
});

describe("centerOf", () => {
  it("brings a wrapped world's longitude home", () => {
    const [west] = extentOf([170, 0, -170, 10]) as [number];
    const beyond = west + 20037508.342789244 * 2;
    expect(centerOf([beyond, 0]).lon).toBeCloseTo(170);
  });
});
