import { describe, expect, it } from "vitest";
import { flatten, type Ring, unwrapRing } from "./antimeridian";

const jumps = (ring: Ring) =>
  ring.some(([x = 0], index) => index > 0 && Math.abs(x - (ring[index - 1]?.[0] ?? 0)) > 180);

const FIJI: Ring = [
  [179, -16],
  [-179, -16],
  [-179, -18],
  [179, -18],
  [179, -16],
];

describe("flatten", () => {
  it("leaves what doesn't cross as it is", () => {
    const polygon = [
      [
        [0, 0],
        [170, 0],
        [170, 10],
        [0, 0],
      ],
    ];
    expect(flatten(polygon)).toEqual([polygon]);
  });

  it("shows a crossing polygon at both edges, without a jump", () => {
    const copies = flatten([FIJI]);
    expect(copies).toHaveLength(2);
    expect(copies.flat().some(jumps)).toBe(false);
    expect(
      copies.map(([ring]) => Math.min(...(ring ?? []).map(([x = 0]) => x))).sort((a, b) => a - b),
    ).toEqual([-181, 179]);
  });

  it("keeps a hole inside its shell, whichever way round each was written", () => {
    const hole: Ring = [
      [-179.5, -17],
      [-179.4, -17],
      [-179.4, -17.1],
      [-179.5, -17],
    ];
    for (const [shell, inner] of flatten([FIJI, hole])) {
      const range = (shell ?? []).map(([x = 0]) => x);
      for (const [x = 0] of inner ?? []) {
        expect(x).toBeGreaterThan(Math.min(...range));
        expect(x).toBeLessThan(Math.max(...range));
      }
    }
  });
});

describe("unwrapRing", () => {
  it("closes a ring around the pole along the map's edge", () => {
    const antarctica: Ring = [
      [-170, -70],
      [-60, -65],
      [60, -65],
      [170, -70],
      [-170, -70],
    ];
    const ring = unwrapRing(antarctica);
    expect(jumps(ring.slice(0, 5))).toBe(false);
    expect(ring.at(-1)).toEqual(ring[0]);
    expect(ring.filter(([, y]) => y === -85.06)).toHaveLength(2);
  });
});
