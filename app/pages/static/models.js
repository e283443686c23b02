// The list of models, where there are many: filtered as a person types, and scrolled to the one that is shown.

export class Models {
  constructor(element) {
    this.items = [...element.querySelectorAll("li")];
    scrollTo(element.querySelector("ul"), element.querySelector("[aria-current]"));
    this.filter = element.querySelector(".filter");
    if (!this.filter) return;
    this.filter.hidden = false;
    this.input = this.filter.querySelector("input");
    this.input.addEventListener("input", () => this.show());
    this.input.addEventListener("keydown", (event) => event.key === "Enter" && this.go());
    this.show(); // a browser that comes back keeps what was typed
  }

  show() {
    const words = this.input.value.toLowerCase().split(/\s+/);
    for (const item of this.items) {
      const text = item.textContent.toLowerCase();
      item.hidden = !words.every((word) => text.includes(word));
    }
    const { length } = this.shown;
    this.filter.querySelector("[role=status]").textContent = this.input.value ? `${length} of ${this.items.length}` : "";
  }

  get shown() {
    return this.items.filter((item) => !item.hidden);
  }

  go() {
    const [only, another] = this.shown;
    if (only && !another) only.querySelector("a").click();
  }
}

// Within the list alone: the page stays where it is.
function scrollTo(list, link) {
  if (!link) return;
  list.scrollLeft = link.offsetLeft - list.offsetLeft - (list.clientWidth - link.offsetWidth) / 2;
  list.scrollTop = link.offsetTop - list.offsetTop - (list.clientHeight - link.offsetHeight) / 2;
}
