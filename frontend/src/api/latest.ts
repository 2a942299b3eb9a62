import { isAbort } from "./http";

/** The newest of several questions to a server: an earlier one is aborted, and a late answer to it is dropped. */
export class Latest {
  #running: AbortController | null = null;

  stop(): void {
    this.#running?.abort();
    this.#running = null;
  }

  async ask<T>(
    question: (signal: AbortSignal) => Promise<T>,
    found: (answer: T) => void,
    failed: (error: unknown) => void,
  ): Promise<void> {
    this.stop();
    const running = new AbortController();
    this.#running = running;
    try {
      const answer = await question(running.signal);
      if (this.#running === running) found(answer);
    } catch (error) {
      if (!isAbort(error) && this.#running === running) failed(error);
    }
  }
}
