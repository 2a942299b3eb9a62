/** The native API's ingest part. */
import { csrfToken, errorFrom, requestJson, sitePath } from "./http";

export type SourceState = "queued" | "running" | "succeeded" | "failed" | "cancelled";
export const STATES: readonly SourceState[] = ["queued", "running", "succeeded", "failed", "cancelled"];

export interface Job {
  id: string;
  collection: string;
  state: "running" | "finished" | "cancelled";
  counts: Record<SourceState, number>;
  total: number;
  progress: number;
  /** Sources a second; null before there are any. */
  rate: number | null;
  seconds_left: number | null;
  created: string;
  finished: string | null;
}

export interface Source {
  id: string | number;
  kind: string;
  href: string;
  name: string;
  state: SourceState;
  attempts: number;
  error: { code: string; description: string } | null;
  /** What a worker took for it; null before its end. */
  seconds: number | null;
  warnings: ({ code?: string; description?: string } | string)[];
  item: { collection: string; id: string; href: string } | null;
}

export interface SourcePage {
  results: Source[];
  next: string | null;
}

export type SourceRequest =
  | { href: string }
  | { prefix: string; include?: string }
  | { stac: string }
  | { file: string };

export interface NewCollection {
  id: string;
  title: string;
  visibility: string;
}

const jobUrl = (id: string, part = "") => sitePath(`/api/ingests/${encodeURIComponent(id)}/${part}`);

export const startIngest = (collection: string, sources: readonly SourceRequest[]) =>
  requestJson<Job>(sitePath("/api/ingests/"), { method: "POST", body: { collection, sources, options: {} } });

export const createCollection = (collection: NewCollection) =>
  requestJson<{ id: string }>(sitePath("/api/collections/"), { method: "POST", body: collection });

export const fetchJob = (id: string, signal?: AbortSignal) =>
  requestJson<Job>(jobUrl(id), signal ? { signal } : {});

export const fetchSources = (url: string, signal?: AbortSignal) =>
  requestJson<SourcePage>(url, signal ? { signal } : {});

/** All of a job, or those in one state. */
export const sourcesUrl = (id: string, state = "") => jobUrl(id, `sources/${state && `?state=${state}`}`);
/** All that failed, or one source of them. */
export const retryJob = (id: string, source?: Source["id"]) =>
  requestJson<Job>(jobUrl(id, "retry/"), {
    method: "POST",
    body: source === undefined ? {} : { sources: [source] },
  });
export const cancelJob = (id: string) => requestJson<Job>(jobUrl(id, "cancel/"), { method: "POST" });

function linesOf(text: string): string[] {
  const lines = text.split(/\s*\n\s*/).map((line) => line.trim());
  return [...new Set(lines.filter(Boolean))];
}

/** Lines of a text field as sources: what is blank or said twice is left out; a folder or a pattern is a prefix. */
export function hrefSources(text: string): SourceRequest[] {
  return linesOf(text).map((href) => (/^s3:.*(\/|\*[^/]*)$/.test(href) ? { prefix: href } : { href }));
}

/** Lines of a text field as STAC items, collections, catalogs or searches. */
export function stacSources(text: string): SourceRequest[] {
  return linesOf(text).map((stac) => ({ stac }));
}

/** Sends one file as it is; `onProgress` hears fractions. Not fetch: that doesn't tell what was sent. */
export function uploadFile(file: File, onProgress: (fraction: number) => void): Promise<{ id: string }> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", sitePath(`/api/files/?name=${encodeURIComponent(file.name)}`));
    request.setRequestHeader("Content-Type", file.type || "application/octet-stream");
    request.setRequestHeader("X-CSRFToken", csrfToken());
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onload = () => {
      if (request.status < 300) resolve(JSON.parse(request.responseText) as { id: string });
      else reject(errorFrom(request.status, request.responseText));
    };
    request.onerror = () => reject(errorFrom(0, ""));
    request.send(file);
  });
}
