import { describe, expect, it } from "vitest";
import { formatBytes, formatMetres, formatPixelSize, formatShape, itemDate } from "./format";
import type { Item } from "./stac";

function item(properties: Record<string, unknown>, asset: Record<string, unknown> = {}): Item {
  return {
    type: "Feature",
    id: "a",
    collection: "c",
    geometry: null,
    properties,
    assets: { data: { href: "", ...asset } },
    links: [],
  };
}

describe("values for people", () => {
  it.each([
    [999, "999 B"],
    [1000, "1.0 kB"],
    [123_456_789, "123 MB"],
    [undefined, ""],
  ])("formatBytes(%s)", (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it.each([
    [0.3, "30 cm"],
    [10, "10 m"],
    [27829.9, "27.8 km"],
  ])("formatMetres(%s)", (metres, text) => {
    expect(formatMetres(metres)).toBe(text);
  });

  it("formatShape reads the item's or its asset's rows and columns", () => {
    expect(formatShape(item({ "proj:shape": [100, 2000] }))).toBe("2,000 × 100 px");
    expect(formatShape(item({}, { "proj:shape": [1, 2] }))).toBe("2 × 1 px");
    expect(formatShape(item({}))).toBe("");
  });

  it("formatPixelSize is for slides", () => {
    expect(formatPixelSize(item({ "geodata:pixel_size": [0.499, 0.499] }))).toBe("0.499 µm");
  });

  it("itemDate shows an instant, an interval, or one day of it", () => {
    expect(itemDate(item({ datetime: "2024-05-01T23:00:00Z" }))).toBe("1 May 2024");
    const interval = { datetime: null, start_datetime: "2024-05-01T00:00:00Z" };
    expect(itemDate(item({ ...interval, end_datetime: "2024-05-03T00:00:00Z" }))).toBe(
      "1 May 2024 – 3 May 2024",
    );
    expect(itemDate(item({ ...interval, end_datetime: "2024-05-01T09:00:00Z" }))).toBe("1 May 2024");
    expect(itemDate(item({}))).toBe("");
  });
});
