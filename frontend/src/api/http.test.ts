import { describe, expect, it } from "vitest";
import { csrfToken, errorFrom } from "./http";

describe("errorFrom", () => {
  it("takes code and sentence from the body", () => {
    const error = errorFrom(404, '{"code": "item_not_found", "description": "There is no item."}');
    expect([error.code, error.message, error.status]).toEqual(["item_not_found", "There is no item.", 404]);
  });

  it.each(["<html>Bad gateway</html>", "", "null", "{}"])("puts %j into words", (text) => {
    expect(errorFrom(502, text).message).toContain("502");
  });
});

describe("csrfToken", () => {
  it("finds its cookie among others", () => {
    expect(csrfToken("a=b; csrftoken=secret; c=d")).toBe("secret");
    expect(csrfToken("xcsrftoken=no")).toBe("");
  });
});
