// "The same request": what was just asked, as a program to copy.

import { CopyButton } from "./copy.js";
import { save } from "./downloads.js";
import { curl, fileOf, javascript, python } from "./languages.js";
import { Tabs } from "./tabs.js";

const LANGUAGES = { curl, python, javascript };

export class SnippetsView {
  constructor(element) {
    this.element = element;
    this.note = element.querySelector("[data-slot=file]");
    element.querySelector(".tabs").hidden = false;
    const tabs = new Tabs(element.querySelector("[role=tablist]"));
    new CopyButton(element.querySelector("[data-copy]"), () => tabs.panel.querySelector("code"));
    this.note.querySelector("button").addEventListener("click", () => save(this.file.content, this.file.name));
  }

  show(path, request) {
    const url = new URL(path, document.baseURI).href;
    for (const [name, write] of Object.entries(LANGUAGES)) {
      this.element.querySelector(`#${name} code`).textContent = write(url, request);
    }
    this.file = fileOf(request);
    this.note.hidden = !this.file;
    this.note.querySelector("[data-slot=name]").textContent = this.file?.name ?? "";
    this.element.hidden = false;
  }
}
