// A picture that was chosen, dropped, pasted or photographed, and its preview.

import { encodeRow } from "./encode.js";

const LARGEST_PREVIEW = 800; // pixels along the longer side
const SMALL = 64; // such a picture is shown larger, its pixels as squares

export class Picture {
  // `onChoice` is called when a person has given a picture.
  constructor(zone, onChoice) {
    this.input = zone.querySelector("input");
    this.preview = zone.querySelector("canvas");
    this.file = null;
    this.onChoice = onChoice;
    zone.querySelector("#drop-note").hidden = false;
    this.input.addEventListener("change", () => this.choose(this.input.files[0] ?? null));
    listenForDrop(zone, (file) => this.choose(file));
    // What the browser's own input holds again on the way back.
    window.addEventListener("pageshow", () => !this.file && this.input.files.length && this.choose(this.input.files[0]));
    listenForPaste((file) => this.choose(file));
  }

  async choose(file) {
    this.file = file;
    if (file && file !== this.input.files[0]) this.name(file);
    const bitmap = file && (await this.bitmap().catch(() => null));
    if (this.file !== file) return; // another was given meanwhile, or a drawing
    this.show(bitmap);
    if (file) this.onChoice(this);
  }

  clear() {
    this.input.value = "";
    this.file = null;
    this.preview.hidden = true;
  }

  // Upright, as the service turns it: the browser heeds the camera's orientation as well.
  async bitmap() {
    return createImageBitmap(this.file);
  }

  // A picture like this one as a row of a JSON request.
  row(canvas) {
    return encodeRow(canvas, null);
  }

  request() {
    const body = new FormData();
    if (this.file) body.append("image", this.file, this.file.name);
    return { body, headers: {}, file: this.file?.name ?? "picture.png" };
  }

  // The browser's own file input then names a file that came another way, too.
  name(file) {
    const transfer = new DataTransfer();
    transfer.items.add(file);
    this.input.files = transfer.files;
  }

  show(bitmap) {
    this.preview.hidden = !bitmap;
    if (!bitmap) return;
    this.preview.classList.toggle("small", Math.max(bitmap.width, bitmap.height) < SMALL);
    const scale = Math.min(1, LARGEST_PREVIEW / Math.max(bitmap.width, bitmap.height));
    this.preview.width = Math.max(1, bitmap.width * scale);
    this.preview.height = Math.max(1, bitmap.height * scale);
    this.preview.getContext("2d").drawImage(bitmap, 0, 0, this.preview.width, this.preview.height);
  }
}

function listenForDrop(zone, onFile) {
  const over = (event, inside) => {
    event.preventDefault();
    zone.classList.toggle("over", inside);
  };
  zone.addEventListener("dragover", (event) => over(event, true));
  zone.addEventListener("dragleave", (event) => over(event, false));
  // Wherever it is dropped: no other place takes a single picture.
  document.addEventListener("drop", (event) => {
    over(event, false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  });
}

// Anywhere on the page; a text that is pasted into a field is none of this.
function listenForPaste(onFile) {
  document.addEventListener("paste", (event) => {
    const file = [...event.clipboardData.files].find(({ type }) => type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    onFile(file);
  });
}
