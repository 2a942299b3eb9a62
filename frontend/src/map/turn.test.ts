import Point from "ol/geom/Point";
import { describe, expect, it } from "vitest";
import { turned } from "./sketch";
import { pixelSpace } from "./tiles";
import { degreesOf, radiansOf, upright } from "./turn";

describe("upright", () => {
  it.each([
    [0, 0],
    [-90, 270],
    [359.6, 0],
    [765, 45],
  ])("brings %d degrees to %d", (degrees, expected) => {
    expect(upright(degrees)).toBe(expected);
  });

  it("is what a view's radians give back", () => {
    for (let degrees = 0; degrees < 360; degrees += 1) expect(degreesOf(radiansOf(degrees))).toBe(degrees);
  });
});

const SLIDE = { tiles: ["/{z}/{x}/{y}"], minzoom: 0, maxzoom: 2, width: 900, height: 500, tilesize: 256 };

describe("pixelSpace mirrored", () => {
  it("lays the cut tiles at the left, beside the image", () => {
    const { extent, layer } = pixelSpace(SLIDE, "imagery", 900);
    const grid = layer.getSource()?.getTileGrid();
    expect(extent).toEqual([0, -500, 900, 0]);
    expect(grid?.getTileCoordExtent([2, 0, 0])).toEqual([900 - 4 * 256, -256, 900 - 3 * 256, 0]);
    expect(grid?.getTileCoordExtent([2, 3, 0])[2]).toBe(900);
  });

  it("mirrors a narrower image about the same axis", () => {
    expect(pixelSpace({ ...SLIDE, width: 300 }, "pinned", 900).extent).toEqual([600, -500, 900, 0]);
  });
});

describe("turned", () => {
  it.each([
    [0, [10, -20]],
    [900, [890, -20]],
  ])("brings pixels into a view mirrored about %d, and back", (mirror, expected) => {
    const point = new Point([10, 20]);
    expect((turned(point, { mirror }, true) as Point).getCoordinates()).toEqual(expected);
    expect((turned(point, { mirror }, false) as Point).getCoordinates()).toEqual([10, 20]);
  });
});
