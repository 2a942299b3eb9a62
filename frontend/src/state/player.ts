/** Does something again and again, as a Lit controller: play and pause. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

interface Play {
  act: () => void;
  /** Milliseconds from one act to the next. */
  pause: () => number;
  /** Whether what was last asked for is drawn; the next act waits for it. */
  isReady?: () => boolean;
}

export class Player implements ReactiveController {
  playing = false;
  #timer = 0;

  constructor(
    private readonly host: ReactiveControllerHost,
    private readonly play: Play,
  ) {
    host.addController(this);
  }

  hostDisconnected(): void {
    this.stop();
  }

  toggle(): void {
    if (this.playing) {
      this.stop();
      return;
    }
    this.playing = true;
    this.play.act();
    this.#wait();
    this.host.requestUpdate();
  }

  stop(): void {
    window.clearTimeout(this.#timer);
    if (!this.playing) return;
    this.playing = false;
    this.host.requestUpdate();
  }

  #wait(): void {
    this.#timer = window.setTimeout(() => {
      if (this.play.isReady?.() ?? true) this.play.act();
      this.#wait();
    }, this.play.pause());
  }
}
