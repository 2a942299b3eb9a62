import { describe, expect, it } from "vitest";
import { MAX_AREA_POINTS } from "../state/url";
import { areaOf } from "./area";

const polygon = (ring: number[][]) => JSON.stringify({ type: "Polygon", coordinates: [ring] });
const SQUARE = [
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
  [0, 0],
];

describe("areaOf", () => {
  it("takes polygons of whatever GeoJSON it is", () => {
    const feature = { type: "Feature", properties: {}, geometry: JSON.parse(polygon(SQUARE)) };
    const collection = { type: "FeatureCollection", features: [feature, feature] };
    expect(areaOf(polygon(SQUARE), "a.geojson")).toEqual([SQUARE.slice(0, -1)]);
    expect(areaOf(JSON.stringify(collection), "a.json")).toHaveLength(2);
  });

  it("makes a long coast short enough for an address", () => {
    const ring = Array.from({ length: 5000 }, (_, at) => {
      const angle = (at / 5000) * 2 * Math.PI;
      return [10 + 3 * Math.cos(angle), 40 + 3 * Math.sin(angle)];
    });
    const area = areaOf(polygon([...ring, ring[0] as number[]]), "a.geojson");
    expect(area.flat().length).toBeLessThanOrEqual(MAX_AREA_POINTS);
    expect(area.flat().length).toBeGreaterThan(10);
  });

  it.each([
    ["not JSON", "{", /can't be read/],
    ["a point", '{"type":"Point","coordinates":[1,2]}', /no polygon/],
    ["metres", polygon(SQUARE.map((pair) => pair.map((value) => value * 1e6))), /degrees/],
    ["nothing", "{}", /can't be read|no polygon/],
  ])("refuses %s in words", (_name, text, message) => {
    expect(() => areaOf(text, "a.geojson")).toThrow(message);
  });
});
