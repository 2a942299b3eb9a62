/**
 * Rings that jump from 180° to −180° made whole.
 *
 * Natural Earth as TopoJSON is stitched for a globe: Russia's outline runs across the antimeridian, Antarctica's around
 * the pole. On a flat map each jump would be a line across the world.
 */

export type Position = number[];
export type Ring = Position[];
export type Rings = Ring[];

/** Where the flat map ends in the south, in degrees. */
const SOUTH = -85.06;

const crosses = (ring: Ring) =>
  ring.some((position, index) => index > 0 && Math.abs(lon(position) - lon(ring[index - 1])) > 180);

function lon(position: Position | undefined): number {
  return position?.[0] ?? 0;
}

/** The ring without jumps: longitudes go on beyond ±180. Around the pole, it is closed along the map's edge. */
export function unwrapRing(ring: Ring): Ring {
  let turn = 0;
  const unwrapped = ring.map((position, index) => {
    const step = index === 0 ? 0 : lon(position) - lon(ring[index - 1]);
    if (step > 180) turn -= 360;
    if (step < -180) turn += 360;
    return [lon(position) + turn, position[1] ?? 0];
  });
  const [first, last] = [unwrapped[0], unwrapped.at(-1)];
  if (!first || !last || Math.abs(lon(first) - lon(last)) < 180) return unwrapped;
  return [...unwrapped, [lon(last), SOUTH], [lon(first), SOUTH], first];
}

function middle(ring: Ring): number {
  const longitudes = ring.map(lon);
  return (Math.min(...longitudes) + Math.max(...longitudes)) / 2;
}

const shift = (rings: Rings, degrees: number): Rings =>
  rings.map((ring) => ring.map(([x = 0, y = 0]) => [x + degrees, y]));

/** One polygon as those that show it on a flat map: itself, or two copies that stand over both edges. */
export function flatten(polygon: Rings): Rings[] {
  const [outer] = polygon;
  if (!outer || !crosses(outer)) return [polygon];
  const shell = unwrapRing(outer);
  const holes = polygon.slice(1).map((hole) => {
    const whole = unwrapRing(hole);
    const turns = Math.round((middle(shell) - middle(whole)) / 360);
    return shift([whole], turns * 360)[0] ?? whole;
  });
  const rings = [shell, ...holes];
  const home = shift(rings, -Math.round(middle(shell) / 360) * 360);
  return [home, shift(home, middle(home[0] ?? []) > 0 ? -360 : 360)];
}
