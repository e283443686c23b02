// "In other dialects and formats": the model's examples as curl lines, fetched when a person unfolds them.

import { CopyButton } from "./copy.js";

export class Dialects {
  constructor(element) {
    this.element = element;
    this.list = element.querySelector("[data-slot=lines]");
    this.note = element.querySelector("[data-slot=note]");
    element.hidden = false;
    element.addEventListener("toggle", () => this.fetch());
  }

  async fetch() {
    if (!this.element.open || this.list.children.length) return;
    this.note.textContent = "Asking …";
    try {
      const reply = await fetch(this.element.dataset.path);
      if (!reply.ok) throw new Error(`the service answered with status ${reply.status}`);
      this.show((await reply.json()).requests);
      this.note.textContent = "";
    } catch (error) {
      this.note.textContent = `The lines cannot be shown: ${error.message}`;
    }
  }

  show(requests) {
    const { served } = this.element.dataset;
    const template = this.element.querySelector("template");
    const rows = requests.map(({ title, dialect, curl }) => {
      const row = template.content.cloneNode(true).firstElementChild;
      const code = row.querySelector("code");
      row.querySelector("[data-slot=dialect]").textContent = dialect;
      row.querySelector("[data-slot=title]").textContent = title;
      // The service does not know of a prefix in front of it; the browser does.
      code.textContent = curl.replaceAll(served, new URL(".", document.baseURI).href);
      row.querySelector("pre").ariaLabel = `${title}, ${dialect}`;
      new CopyButton(row.querySelector("button"), () => code, `${title}, ${dialect}`);
      return row;
    });
    this.list.replaceChildren(...rows);
  }
}
