import { describe, expect, it } from "vitest";
import { axesOf, parsePlanes, setPlanes, stepped, withPlane } from "./planes";

describe("axesOf", () => {
  it.each([
    [
      { frames: 12, z: 3, t: 2, channels: ["DNA", "CD4"] },
      [
        ["z", 3],
        ["t", 2],
      ],
    ],
    [{ frames: 5, z: 1, t: 5, channels: [""] }, [["t", 5]]],
    [{ frames: 4, z: 1, t: 1, channels: ["", "", "", ""] }, [["frame", 4]]],
    [{ frames: 2, z: 1, t: 1, channels: ["DNA", "CD4"] }, []],
    [{}, []],
  ])("of %j", (counts, expected) => {
    expect(axesOf(counts)).toEqual(expected);
  });
});

describe("planes", () => {
  it("begin again after the last, and end before the first", () => {
    expect(stepped({ z: 2, t: 1 }, ["z", 3], 1)).toEqual({ t: 1 });
    expect(stepped({ t: 1 }, ["z", 3], -1)).toEqual({ z: 2, t: 1 });
    expect(withPlane({ z: 2 }, "z", 0)).toEqual({});
  });

  it("go into an address and come back", () => {
    const params = new URLSearchParams();
    setPlanes({ z: 2, t: 11 }, params);
    expect(params.toString()).toBe("z=2&t=11");
    expect(parsePlanes(params)).toEqual({ z: 2, t: 11 });
  });

  it("leave out what nobody can have meant", () => {
    expect(parsePlanes(new URLSearchParams("z=-1&t=1.5&frame=1e99"))).toEqual({});
  });
});
