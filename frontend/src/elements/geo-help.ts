import { html } from "lit";
import { strings } from "../strings";
import { LightElement } from "./light";

/** What keys do, in a dialog. */
export class GeoHelp extends LightElement {
  show(): void {
    this.querySelector("dialog")?.showModal();
  }

  protected override render() {
    const { help } = strings;
    return html`<dialog class="help card" aria-labelledby="help-title" closedby="any">
      <form method="dialog" class="row row--between">
        <h2 id="help-title">${help.title}</h2>
        <button class="icon-button" aria-label=${strings.close}>×</button>
      </form>
      <dl class="keys">${help.keys.map(
        ([keys, meaning]) =>
          html`<div><dt>${keys.split(" ").map((key) => html`<kbd>${key}</kbd>`)}</dt><dd>${meaning}</dd></div>`,
      )}</dl>
    </dialog>`;
  }
}

customElements.define("geo-help", GeoHelp);
