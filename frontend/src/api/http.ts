/** Requests to this site: JSON in, JSON out, and errors that can be shown to people. */

/** A path of this site (`/stac/search`) below the prefix at which a proxy serves it, if any. */
export function sitePath(path: string): string {
  return (document.documentElement.dataset.base ?? "") + path;
}

export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = "ApiError";
  }
}

export function csrfToken(cookies = document.cookie): string {
  return /(?:^|;\s*)csrftoken=([^;]+)/.exec(cookies)?.[1] ?? "";
}

/** The error that a `{"code", "description"}` answer means; whatever else came is put into words. */
export function errorFrom(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as { code?: unknown; description?: unknown };
    if (typeof body.description === "string") {
      return new ApiError(String(body.code ?? status), body.description, status);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing at all.
  }
  return new ApiError(String(status), `The server answered with status ${status}.`, status);
}

export interface RequestOptions {
  method?: string;
  body?: unknown;
  signal?: AbortSignal;
}

export async function requestJson<T>(url: string, options: RequestOptions = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  const init: RequestInit = { method: options.method ?? "GET", headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (init.method !== "GET") headers["X-CSRFToken"] = csrfToken();
  if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  const response = await fetch(url, init).catch((cause: unknown) => {
    if (cause instanceof DOMException && cause.name === "AbortError") throw cause;
    throw new ApiError("unreachable", "The server could not be reached. Check the connection.", 0);
  });
  const text = await response.text();
  if (!response.ok) throw errorFrom(response.status, text);
  return (text ? JSON.parse(text) : null) as T;
}

/** What a caught value says to people. */
export function describe(error: unknown): { code: string; message: string } {
  if (error instanceof ApiError) return { code: error.code, message: error.message };
  return { code: "client", message: error instanceof Error ? error.message : String(error) };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
