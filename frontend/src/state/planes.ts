/** Planes of an image: what can be stepped through besides its bands. */

export const AXES = ["frame", "z", "t"] as const;
export type Axis = (typeof AXES)[number];
/** Numbers from 0; those at 0 are left out. */
export type Planes = Partial<Record<Axis, number>>;

/** What `info/metadata` says of an image's planes. */
export interface PlaneCounts {
  frames?: number;
  z?: number;
  t?: number;
  channels?: string[];
}

const MOST = 1e6;

/** The axes along which an image has several planes. Pages of no kind are told apart by their numbers. */
export function axesOf({ frames = 1, z = 1, t = 1, channels = [] }: PlaneCounts): [Axis, number][] {
  if (z > 1 || t > 1)
    return (
      [
        ["z", z],
        ["t", t],
      ] as [Axis, number][]
    ).filter(([, count]) => count > 1);
  const pages = frames > 1 && channels.every((name) => name === "");
  return pages ? [["frame", frames]] : [];
}

/** Beyond the last plane is the first. */
export function stepped(planes: Planes, [axis, count]: [Axis, number], by: number): Planes {
  return withPlane(planes, axis, ((planes[axis] ?? 0) + by + count) % count);
}

export function withPlane(planes: Planes, axis: Axis, number: number): Planes {
  const { [axis]: _, ...others } = planes;
  return number > 0 ? { ...others, [axis]: number } : others;
}

/** Never throws: what can't be understood is left out. */
export function parsePlanes(params: URLSearchParams): Planes {
  const found = AXES.map((axis): [Axis, number] => [axis, Number(params.get(axis) ?? 0)]);
  return Object.fromEntries(found.filter(([, n]) => Number.isInteger(n) && n > 0 && n < MOST));
}

/** As tiles take them, and the address has them. */
export function setPlanes(planes: Planes, params: URLSearchParams): void {
  for (const axis of AXES) if (planes[axis]) params.set(axis, String(planes[axis]));
}
