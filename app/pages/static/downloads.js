// Files that the browser keeps.

// Through an address that lives as long as it takes to start the download.
export function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

// The buttons below a result. `png` gives the picture as it is shown.
export class Downloads {
  constructor(element, png) {
    element.querySelector("[data-save=json]").addEventListener("click", () => this.json());
    element.querySelector("[data-save=png]")?.addEventListener("click", () => this.picture(png));
    this.element = element;
  }

  offer({ model, text }) {
    Object.assign(this, { model, text });
    this.element.hidden = false;
  }

  json() {
    save(new Blob([this.text], { type: "application/json" }), `${this.model}.json`);
  }

  async picture(png) {
    save(await png(), `${this.model}.png`);
  }
}
