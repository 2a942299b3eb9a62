import { afterEach, describe, expect, it, vi } from "vitest";
import { Player } from "./player";

const HOST = {
  addController() {},
  removeController() {},
  requestUpdate() {},
  updateComplete: Promise.resolve(true),
};

describe("Player", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("acts at once, then after each pause, and not while what it did is not there", () => {
    vi.useFakeTimers();
    const act = vi.fn();
    let ready = true;
    const player = new Player(HOST, { act, pause: () => 100, isReady: () => ready });
    player.toggle();
    expect(act).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(250);
    expect(act).toHaveBeenCalledTimes(3);
    ready = false;
    vi.advanceTimersByTime(500);
    expect(act).toHaveBeenCalledTimes(3);
    player.hostDisconnected();
    ready = true;
    vi.advanceTimersByTime(500);
    expect(act).toHaveBeenCalledTimes(3);
    expect(player.playing).toBe(false);
  });
});
