import { afterEach, describe, expect, it, vi } from "vitest";
import { GeoSwipe } from "./geo-swipe";

async function swipe(reduced: boolean) {
  vi.useFakeTimers();
  vi.stubGlobal("matchMedia", () => ({ matches: reduced }));
  const element = new GeoSwipe();
  const parts: number[] = [];
  element.addEventListener("swipe-change", (event) => {
    element.value = (event as CustomEvent<number>).detail;
    parts.push(element.value);
  });
  document.body.append(element);
  await element.updateComplete;
  expect(parts).toEqual([]);
  element.blink = true;
  await element.updateComplete;
  return { element, parts };
}

describe("geo-swipe", () => {
  afterEach(() => {
    document.body.replaceChildren();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });

  it("shows one after the other, at most three times in a second, until it is taken away", async () => {
    const { element, parts } = await swipe(false);
    vi.advanceTimersByTime(1000);
    expect(parts).toEqual([1, 0]);
    element.remove();
    vi.advanceTimersByTime(5000);
    expect(parts).toEqual([1, 0]);
  });

  it("waits to be switched by hand where people want less motion", async () => {
    const { element, parts } = await swipe(true);
    vi.advanceTimersByTime(5000);
    expect(parts).toEqual([1]);
    element.switch();
    expect(parts).toEqual([1, 0]);
  });

  it("goes back to the handle", async () => {
    const { element, parts } = await swipe(true);
    element.blink = false;
    await element.updateComplete;
    expect(parts.at(-1)).toBe(0.4);
    expect(element.querySelector("input")).not.toBeNull();
  });
});
