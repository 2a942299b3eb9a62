import type { PropertyValues } from "lit";
import { colormapGradient } from "../api/imagery";
import { LightElement } from "./light";

/** A colour map's colours as a strip. */
export class GeoSwatch extends LightElement {
  static override properties = { name: {} };

  declare name: string;

  constructor() {
    super();
    this.name = "";
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (!changed.has("name") || !this.name) return;
    const { name } = this;
    colormapGradient(name).then(
      (gradient) => {
        if (this.name === name) this.style.backgroundImage = gradient;
      },
      () => {},
    );
  }
}

customElements.define("geo-swatch", GeoSwatch);
