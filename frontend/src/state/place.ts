/** Coordinates as people type them. */

export interface Place {
  lon: number;
  lat: number;
}

const NUMBER = /[-+−]?\d+(?:\.\d+)?/g;

/** Degrees, minutes and seconds with an optional hemisphere: `47°22'30"N`, `47.37`, `N 47 22.5`. */
function angle(text: string): { value: number; side: string } | null {
  const side = /[NSEWO]/i.exec(text)?.[0]?.toUpperCase() ?? "";
  const parts = (text.match(NUMBER) ?? []).map((part) => Number(part.replace("−", "-")));
  if (!parts.length || parts.length > 3 || parts.slice(1).some((part) => part < 0 || part >= 60)) return null;
  const [degrees = 0, minutes = 0, seconds = 0] = parts;
  const size = Math.abs(degrees) + minutes / 60 + seconds / 3600;
  const negative = text.trim().match(/^[^\d]*[-−]/) !== null || side === "S" || side === "W";
  return { value: negative ? -size : size, side };
}

/** Latitude first, as people have it, unless letters say otherwise. Null for what isn't a pair of coordinates. */
export function parsePlace(text: string): Place | null {
  if (!/^[\d\s.,;°'′"″+\-−NSEWO/]+$/i.test(text) || !/\d/.test(text)) return null;
  const halves = split(text.trim());
  const [first, second] = halves.map(angle);
  if (!first || !second) return null;
  const lonFirst = ["E", "W", "O"].includes(first.side) || ["N", "S"].includes(second.side);
  const [lat, lon] = lonFirst ? [second.value, first.value] : [first.value, second.value];
  return Math.abs(lat) <= 90 && Math.abs(lon) <= 180 ? { lat, lon } : null;
}

function split(text: string): string[] {
  const byComma = text.split(/\s*[,;/]\s*/).filter(Boolean);
  if (byComma.length === 2) return byComma;
  const bySide = /^(.*?[NSEWO])\s*(.*[NSEWO])$/i.exec(text) ?? /^([NSEWO].*?)\s*([NSEWO].*)$/i.exec(text);
  if (bySide) return [bySide[1] ?? "", bySide[2] ?? ""];
  const bySpace = text.split(/\s+/);
  return bySpace.length === 2 ? bySpace : [];
}
