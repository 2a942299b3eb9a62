/** The active filters, each with what a search without it has. */
import { formatDay, formatDegrees } from "../api/format";
import type { Condition, Filters } from "../api/stac";
import { strings } from "../strings";

export interface Chip {
  label: string;
  without: Partial<Filters>;
}

export function describeCondition(condition: Condition): string {
  const name = propertyTitle(condition.name);
  if ("values" in condition) return `${name}: ${condition.values.join(", ")}`;
  const { min, max } = condition;
  if (min === undefined) return `${name} ≤ ${max}`;
  return max === undefined ? `${name} ≥ ${min}` : `${name} ${min} – ${max}`;
}

/** `eo:cloud_cover` as "Cloud cover". */
export function propertyTitle(name: string): string {
  const known = (strings.properties as Record<string, string>)[name];
  if (known) return known;
  const words = name.replace(/^[\w-]+:/, "").replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function chipsOf(filters: Filters, titles: ReadonlyMap<string, string>): Chip[] {
  const { q, collections, from, to, bbox, area, conditions } = filters;
  const text = strings.filters;
  const chips: Chip[] = [];
  if (q) chips.push({ label: `“${q}”`, without: { q: "" } });
  for (const id of collections) {
    chips.push({
      label: titles.get(id) || id,
      without: { collections: collections.filter((each) => each !== id) },
    });
  }
  if (from) chips.push({ label: text.chipFrom(formatDay(from)), without: { from: "" } });
  if (to) chips.push({ label: text.chipTo(formatDay(to)), without: { to: "" } });
  if (bbox && filters.follow) chips.push({ label: text.chipView, without: { bbox: null, follow: false } });
  else if (area) chips.push({ label: text.chipDropped, without: { area: null } });
  else if (bbox)
    chips.push({ label: text.chipArea(bbox.map(formatDegrees).join(", ")), without: { bbox: null } });
  for (const condition of conditions) {
    const without = { conditions: conditions.filter((each) => each !== condition) };
    chips.push({ label: describeCondition(condition), without });
  }
  return chips;
}

export function isFiltered(filters: Filters): boolean {
  return chipsOf(filters, new Map()).length > 0;
}
