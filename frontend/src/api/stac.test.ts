import { describe, expect, it, vi } from "vitest";
import { hrefSources } from "./ingest";
import { followNext, interval, NO_FILTERS, searchBody, webHref } from "./stac";

describe("searchBody", () => {
  it("says only what is filtered", () => {
    expect(searchBody(NO_FILTERS, 20)).toEqual({ limit: 20 });
  });

  it("includes both days whole", () => {
    expect(interval("2024-01-01", "2024-01-02")).toBe("2024-01-01T00:00:00Z/2024-01-02T23:59:59Z");
    expect(interval("", "2024-01-02")).toBe("../2024-01-02T23:59:59Z");
    expect(interval("2024-01-01", "")).toBe("2024-01-01T00:00:00Z/..");
  });
});

describe("followNext", () => {
  it.each([
    ["a body of its own", { body: { token: "t" } }, { token: "t" }],
    ["one to merge", { body: { token: "t" }, merge: true }, { limit: 2, token: "t" }],
  ])("posts %s", async (_name, members, sent) => {
    const answer = vi.fn(
      async (_url: string, _init: RequestInit) => new Response('{"features":[],"links":[]}'),
    );
    vi.stubGlobal("fetch", answer);
    await followNext({ rel: "next", href: "/stac/search", method: "POST", ...members }, { limit: 2 });
    expect(JSON.parse(String(answer.mock.calls[0]?.[1].body))).toEqual(sent);
    vi.unstubAllGlobals();
  });
});

describe("webHref", () => {
  it.each(["https://x/a.png", "http://x/a.png", "/api/files/1/download/"])("keeps %s", (href) => {
    expect(webHref(href)).toBe(href);
  });

  it.each([
    "javascript:alert(1)",
    "JavaScript:x",
    " javascript:x",
    "\tjavascript:x",
    "data:text/html,x",
    "s3://b/k",
    "",
  ])("keeps nothing of %j", (href) => {
    expect(webHref(href)).toBeUndefined();
  });
});

describe("hrefSources", () => {
  it("takes one address a line, each once", () => {
    expect(hrefSources(" s3://b/a.tif \n\nhttps://x/y.tif\r\ns3://b/a.tif\n")).toEqual([
      { href: "s3://b/a.tif" },
      { href: "https://x/y.tif" },
    ]);
  });
});
