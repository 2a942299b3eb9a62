import { html } from "lit";
import { strings } from "../strings";
import { LightElement } from "./light";

const SHOWN_MILLISECONDS = 1600;

/** A button that copies its `text`, and says that it did. */
export class GeoCopy extends LightElement {
  static override properties = { text: {}, label: {}, done: { state: true } };

  declare text: string;
  declare label: string;
  declare done: boolean;

  constructor() {
    super();
    this.text = "";
    this.label = strings.copy;
    this.done = false;
  }

  protected override render() {
    return html`<button type="button" class="button button--quiet button--small" @click=${this.#copy}>
      <span aria-live="polite">${this.done ? strings.copied : this.label}</span>
    </button>`;
  }

  async #copy(): Promise<void> {
    await copyText(
      new URL(this.text, window.location.href).href.replaceAll("%7B", "{").replaceAll("%7D", "}"),
    );
    this.done = true;
    window.setTimeout(() => {
      this.done = false;
    }, SHOWN_MILLISECONDS);
  }
}

/** The clipboard API exists under HTTPS and on localhost only. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand("copy");
  area.remove();
}

customElements.define("geo-copy", GeoCopy);
