import { html, nothing } from "lit";
import { formatBytes } from "../api/format";
import { strings } from "../strings";
import { LightElement } from "./light";

interface Upload {
  file: File;
  /** 0 to 1. */
  progress: number;
  /** The stored file, once it is there: a second attempt doesn't send it again. */
  id: string;
}

/** Files to bring in: dropped or chosen, then sent one after another. */
export class GeoDropzone extends LightElement {
  static override properties = {
    uploads: { state: true },
    over: { state: true },
    locked: { type: Boolean },
  };

  declare uploads: Upload[];
  declare over: boolean;
  declare locked: boolean;

  constructor() {
    super();
    this.uploads = [];
    this.over = false;
    this.locked = false;
  }

  get files(): File[] {
    return this.uploads.map(({ file }) => file);
  }

  async upload(
    send: (file: File, onProgress: (fraction: number) => void) => Promise<{ id: string }>,
  ): Promise<{ file: string }[]> {
    for (const upload of this.uploads) {
      if (upload.id) continue;
      const { id } = await send(upload.file, (fraction) => this.#advance(upload, fraction));
      upload.id = id;
      this.#advance(upload, 1);
    }
    return this.uploads.map(({ id }) => ({ file: id }));
  }

  protected override render() {
    const text = strings.ingest;
    return html`<div class="field">
      <span class="field__label" id="dropzone-label">${text.files}</span>
      <label class="dropzone ${this.over ? "is-over" : ""}" @dragover=${this.#drag} @dragleave=${this.#leave} @drop=${this.#drop}>
        <input class="visually-hidden" type="file" multiple name="files" ?disabled=${this.locked}
          aria-labelledby="dropzone-label" @change=${this.#choose} />
        <span>${text.drop}</span>
        <span class="hint">${text.filesHint}</span>
      </label>
      ${this.uploads.length ? html`<ul class="uploads">${this.uploads.map((upload) => this.#row(upload))}</ul>` : nothing}
    </div>`;
  }

  #row(upload: Upload) {
    const { file, progress } = upload;
    return html`<li class="upload">
      <span class="upload__name">${file.name}</span>
      <span class="muted">${formatBytes(file.size)}</span>
      <progress max="1" .value=${progress} aria-label=${file.name}></progress>
      <button type="button" class="icon-button icon-button--small" ?disabled=${this.locked}
        aria-label=${strings.ingest.removeFile(file.name)}
        @click=${() => {
          this.uploads = this.uploads.filter((other) => other !== upload);
        }}>×</button>
    </li>`;
  }

  #advance(upload: Upload, progress: number): void {
    upload.progress = progress;
    this.requestUpdate();
  }

  #add(files: FileList | null | undefined): void {
    if (this.locked || !files) return;
    this.uploads = [...this.uploads, ...[...files].map((file) => ({ file, progress: 0, id: "" }))];
  }

  readonly #choose = (event: Event): void => {
    const input = event.target as HTMLInputElement;
    this.#add(input.files);
    input.value = "";
  };

  readonly #drag = (event: DragEvent): void => {
    event.preventDefault();
    this.over = true;
  };

  readonly #leave = (): void => {
    this.over = false;
  };

  readonly #drop = (event: DragEvent): void => {
    event.preventDefault();
    this.over = false;
    this.#add(event.dataTransfer?.files);
  };
}

customElements.define("geo-dropzone", GeoDropzone);
