import { expect, it } from "vitest";
import { parsePlace } from "./place";

it.each([
  ["47.37, 8.54", 47.37, 8.54],
  ["47.37 8.54", 47.37, 8.54],
  ["-33.9; 151.2", -33.9, 151.2],
  ["47.37N 8.54E", 47.37, 8.54],
  ["8.54E, 47.37N", 47.37, 8.54],
  ["S33.9 W70.5", -33.9, -70.5],
  [`47°22'30"N 8°32'24"E`, 47.375, 8.54],
  ["40°26′S, 0°30′W", -40.43333, -0.5],
])("reads %s", (text, lat, lon) => {
  const place = parsePlace(text);
  expect(place?.lat).toBeCloseTo(lat, 4);
  expect(place?.lon).toBeCloseTo(lon, 4);
});

it.each([
  "",
  "alps",
  "sentinel-2",
  "2024",
  "91, 10",
  "10, 181",
  "1,2,3",
  "snow 12",
  "S2A_32TMS",
  "47°70'N 8°E",
])("takes %s for words", (text) => {
  expect(parsePlace(text)).toBeNull();
});
