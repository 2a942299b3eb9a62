/** How far an image is turned: whole degrees clockwise, from 0 to 359. */

export function upright(degrees: number): number {
  return ((Math.round(degrees) % 360) + 360) % 360;
}

export function degreesOf(radians: number): number {
  return upright((radians * 180) / Math.PI);
}

/** From -180 to 180 degrees: a turn back to 0 goes the short way. */
export function radiansOf(degrees: number): number {
  return ((degrees > 180 ? degrees - 360 : degrees) * Math.PI) / 180;
}
