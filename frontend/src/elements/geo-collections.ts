import { html, nothing } from "lit";
import type { CollectionOption } from "../state/session";
import { strings } from "../strings";
import { LightElement } from "./light";

/** Options that a list shows at once; typing finds the others. */
const SHOWN = 60;

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
}

/** Those whose title or id has every word, the chosen ones first. */
export function matchOptions(
  options: readonly CollectionOption[],
  text: string,
  chosen: readonly string[],
): CollectionOption[] {
  const words = fold(text).split(/\s+/).filter(Boolean);
  const found = options.filter(({ id, title }) => {
    const all = fold(`${title} ${id}`);
    return words.every((word) => all.includes(word));
  });
  const isChosen = ({ id }: CollectionOption) => chosen.includes(id);
  return [...found.filter(isChosen), ...found.filter((option) => !isChosen(option))];
}

/**
 * Any number of collections, chosen from a list that typing narrows.
 *
 * @fires collections-change with their ids
 */
export class GeoCollections extends LightElement {
  static override properties = {
    options: { attribute: false },
    value: { attribute: false },
    open: { state: true },
    text: { state: true },
    active: { state: true },
  };

  declare options: CollectionOption[];
  declare value: string[];
  declare open: boolean;
  declare text: string;
  declare active: number;

  constructor() {
    super();
    this.options = [];
    this.value = [];
    this.open = false;
    this.text = "";
    this.active = -1;
  }

  protected override render() {
    const text = strings.collections;
    const found = this.#found;
    return html`<div class="combobox">
      <label class="visually-hidden" for="collections-input">${text.label}</label>
      <input class="input combobox__input" id="collections-input" type="text" role="combobox" autocomplete="off"
        spellcheck="false" aria-autocomplete="list" aria-controls="collections-list"
        aria-expanded=${this.open ? "true" : "false"}
        aria-activedescendant=${this.open && this.active >= 0 ? `collections-${this.active}` : nothing}
        placeholder=${this.value.length ? text.chosen(this.value.length) : text.all(this.options.length)}
        .value=${this.text} @input=${this.#type} @keydown=${this.#key} @focus=${this.#show} @click=${this.#show}
        @blur=${this.#hide} />
      ${
        this.open
          ? html`<ul class="combobox__list" id="collections-list" role="listbox" aria-label=${text.label}
              aria-multiselectable="true" @pointerdown=${(event: Event) => event.preventDefault()}>
              ${found.slice(0, SHOWN).map((option, index) => this.#option(option, index))}
              ${found.length ? nothing : html`<li class="combobox__none" role="option" aria-disabled="true" aria-selected="false">${text.none}</li>`}
              ${found.length > SHOWN ? html`<li class="combobox__none" role="option" aria-disabled="true" aria-selected="false">${text.more(found.length - SHOWN)}</li>` : nothing}
            </ul>`
          : nothing
      }
    </div>`;
  }

  #option({ id, title, count }: CollectionOption, index: number) {
    const chosen = this.value.includes(id);
    return html`<li class="combobox__option ${index === this.active ? "is-active" : ""}" role="option"
      id="collections-${index}" data-collection=${id} aria-selected=${chosen ? "true" : "false"} @click=${() => this.#toggle(id)}>
      <span class="combobox__check" aria-hidden="true">${chosen ? "✓" : ""}</span>
      <span class="combobox__title">${title || id}</span>
      <small>${count.toLocaleString()}</small>
    </li>`;
  }

  get #found(): CollectionOption[] {
    return matchOptions(this.options, this.text, this.value);
  }

  #toggle(id: string): void {
    const { value } = this;
    this.text = "";
    this.active = -1;
    this.open = false;
    this.emit(
      "collections-change",
      value.includes(id) ? value.filter((other) => other !== id) : [...value, id],
    );
  }

  readonly #type = (event: Event): void => {
    this.text = (event.target as HTMLInputElement).value;
    this.open = true;
    this.active = this.text ? 0 : -1;
  };

  readonly #show = (): void => {
    this.open = true;
  };

  readonly #hide = (): void => {
    this.open = false;
    this.active = -1;
    this.text = "";
  };

  readonly #key = (event: KeyboardEvent): void => {
    const found = this.#found.slice(0, SHOWN);
    const last = found.length - 1;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const by = event.key === "ArrowDown" ? 1 : -1;
      this.active = this.open ? Math.min(last, Math.max(0, this.active + by)) : Math.max(0, this.active);
      this.open = true;
      void this.updateComplete.then(() =>
        this.querySelector(".is-active")?.scrollIntoView({ block: "nearest" }),
      );
    } else if (event.key === "Enter" && this.open && found[this.active]) {
      this.#toggle((found[this.active] as CollectionOption).id);
    } else if (event.key === "Backspace" && !this.text && this.value.length) {
      this.emit("collections-change", this.value.slice(0, -1));
    } else if (event.key === "Escape" && this.open) {
      this.#hide();
    } else return;
    event.preventDefault();
  };
}

customElements.define("geo-collections", GeoCollections);
