import { LitElement } from "lit";

/** Elements render into the page itself: its styles, its labels and its search apply. */
export class LightElement extends LitElement {
  protected override createRenderRoot(): HTMLElement {
    return this;
  }

  protected emit<T>(name: string, detail?: T): void {
    this.dispatchEvent(new CustomEvent<T>(name, { detail: detail as T, bubbles: true }));
  }
}

/** What Django's json_script put into the page. */
export function pageData<T>(id: string): T | null {
  const text = document.getElementById(id)?.textContent;
  return text ? (JSON.parse(text) as T) : null;
}
