import { expect, it } from "vitest";
import { magnifications, scaleOf } from "./scale";

it.each([
  [0.25, "20 µm", 80],
  [0.499, "50 µm", 50 / 0.499],
  [8, "1 mm", 125],
  [100, "1 cm", 100],
  [0.004, "500 nm", 125],
])("draws %s µm to a pixel as %s", (size, label, width) => {
  expect(scaleOf(size)).toEqual({ label, width: expect.closeTo(width, 5) });
});

it("draws none of what has no size", () => {
  expect(scaleOf(0)).toBeNull();
  expect(scaleOf(Number.NaN)).toBeNull();
});

it("offers an objective's powers", () => {
  expect(magnifications(20)).toEqual([2.5, 5, 10, 20]);
  expect(magnifications(40)).toEqual([5, 10, 20, 40]);
  expect(magnifications(0.5)).toEqual([0.5]);
});
