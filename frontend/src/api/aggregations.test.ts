import { expect, it } from "vitest";
import { timeline } from "./aggregations";

it("fills months without items, and ends each on its last day", () => {
  const months = timeline([
    { key: "2023-12-01T00:00:00Z", frequency: 2 },
    { key: "2024-02-01T00:00:00Z", frequency: 3 },
  ]);
  expect(months).toEqual([
    { from: "2023-12-01", to: "2023-12-31", count: 2 },
    { from: "2024-01-01", to: "2024-01-31", count: 0 },
    { from: "2024-02-01", to: "2024-02-29", count: 3 },
  ]);
});

it("tells a long time in years", () => {
  const years = timeline([
    { key: "1972-07-01T00:00:00Z", frequency: 1 },
    { key: "2024-02-01T00:00:00Z", frequency: 3 },
  ]);
  expect(years).toHaveLength(53);
  expect(years[0]).toEqual({ from: "1972-01-01", to: "1972-12-31", count: 1 });
});

it("draws nothing of what has no dates", () => {
  expect(timeline([{ key: "?", frequency: 1 }])).toEqual([]);
});
