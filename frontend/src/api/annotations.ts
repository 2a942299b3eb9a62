/** What people drew on an item: GeoJSON of this site, in degrees or pixels. */
import type { Shape } from "../map/sketch";
import { requestJson, sitePath } from "./http";
import type { Bbox } from "./stac";

export interface Annotation {
  type: "Feature";
  id: string;
  geometry: Shape;
  bbox: Bbox;
  properties: {
    name: string;
    note: string;
    color: string;
    owner: string | null;
    created: string;
    editable: boolean;
    [member: string]: unknown;
  };
}

export interface Draft {
  geometry: Shape;
  name: string;
  note: string;
  color: string;
}

interface Page {
  features: Annotation[];
  links: { rel: string; href: string }[];
}

/** As many as an item may have. */
const MOST = 20_000;

export function annotationsUrl(collection: string, item: string): string {
  return sitePath(`/api/annotations/?${new URLSearchParams({ collection, item, limit: "1000" })}`);
}

/** The newest first. */
export async function fetchAnnotations(url: string, signal: AbortSignal): Promise<Annotation[]> {
  const found: Annotation[] = [];
  let next: string | undefined = url;
  while (next && found.length < MOST) {
    const page: Page = await requestJson<Page>(next, { signal });
    found.push(...page.features);
    next = page.links.find(({ rel }) => rel === "next")?.href;
  }
  return found;
}

export function createAnnotation(url: string, draft: Draft): Promise<Annotation> {
  const { geometry, ...properties } = draft;
  return requestJson(url, { method: "POST", body: { type: "Feature", geometry, properties } });
}

export async function deleteAnnotation(id: string): Promise<void> {
  await requestJson(sitePath(`/api/annotations/${id}/`), { method: "DELETE" });
}
