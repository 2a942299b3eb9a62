/** The Explorer's keys, as a Lit controller. */
import type { ReactiveController, ReactiveControllerHost } from "lit";

export type Keys = Record<string, () => void>;

const TYPING = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select, [contenteditable]";

/** Whether a key pressed there is meant for the text being typed. */
export function isTyping(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(TYPING) !== null;
}

export class KeysController implements ReactiveController {
  constructor(
    host: ReactiveControllerHost,
    private readonly keys: Keys,
  ) {
    host.addController(this);
  }

  hostConnected(): void {
    document.addEventListener("keydown", this.#listen);
  }

  hostDisconnected(): void {
    document.removeEventListener("keydown", this.#listen);
  }

  readonly #listen = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector("dialog[open]")) return;
    if (isTyping(event.target) && event.key !== "Escape") return;
    const act = this.keys[event.key];
    if (!act) return;
    if (event.key !== "Escape") event.preventDefault();
    act();
  };
}
