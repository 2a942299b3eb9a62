import { afterEach, expect, it, vi } from "vitest";
import { SelectionController } from "./selection";

const host = {
  addController() {},
  removeController() {},
  requestUpdate() {},
  updateComplete: Promise.resolve(true),
};

function answer(id: string, milliseconds: number) {
  return new Promise<Response>((resolve) => {
    setTimeout(() => resolve(new Response(JSON.stringify({ id, collection: "c" }))), milliseconds);
  });
}

afterEach(() => vi.unstubAllGlobals());

it("lets no late answer open what was left", async () => {
  vi.stubGlobal("fetch", (url: string) => (url.endsWith("/slow") ? answer("slow", 40) : answer("quick", 1)));
  const selection = new SelectionController(host, "/stac/");
  const slow = selection.open({ collection: "c", id: "slow" });
  const quick = selection.open({ collection: "c", id: "quick" });
  expect((await quick)?.id).toBe("quick");
  expect(await slow).toBeNull();
  expect(selection.key).toBe("c/quick");
});

it("stays closed when the answer comes after closing", async () => {
  vi.stubGlobal("fetch", () => answer("slow", 20));
  const selection = new SelectionController(host, "/stac/");
  const opening = selection.open({ collection: "c", id: "slow" });
  selection.close();
  expect(await opening).toBeNull();
  expect(selection.item).toBeNull();
});

it("goes round the scenes at one place", () => {
  const selection = new SelectionController(host, "/stac/");
  vi.stubGlobal("fetch", () => new Promise(() => {}));
  selection.stack = ["a", "b", "c"].map((id) => ({ collection: "c", id }));
  void selection.open({ collection: "c", id: "a" }, { id: "a", collection: "c" } as never);
  expect(selection.neighbour(-1)?.id).toBe("c");
  expect(selection.neighbour(1)?.id).toBe("b");
  void selection.open({ collection: "c", id: "other" }, { id: "other", collection: "c" } as never);
  expect(selection.neighbour(1)).toBeUndefined();
});
