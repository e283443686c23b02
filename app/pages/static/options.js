// A list of which one row at a time is pointed at: by the mouse, by the arrow keys, or from elsewhere.

const STEPS = { ArrowDown: 1, ArrowUp: -1, ArrowRight: 1, ArrowLeft: -1, Home: -Infinity, End: Infinity };

export class OptionList {
  // `onPoint` is called with the row's index, or with undefined when none is pointed at.
  constructor(element, onPoint) {
    this.element = element;
    this.onPoint = onPoint;
    this.rows = [];
    this.template = element.querySelector("template");
    element.addEventListener("pointerover", (event) => this.point(this.index(event.target)));
    element.addEventListener("pointerleave", () => this.release());
    element.addEventListener("focusin", (event) => this.point(this.index(event.target)));
    element.addEventListener("focusout", () => this.point(undefined));
    element.addEventListener("keydown", (event) => this.step(event));
  }

  fill(rows) {
    this.pointed = undefined;
    this.rows = rows.map(({ text, color }) => {
      const row = this.template.content.cloneNode(true).firstElementChild;
      row.querySelector("[data-slot=label]").textContent = text;
      row.querySelector("[data-slot=color]").setAttribute("fill", color);
      return row;
    });
    this.element.hidden = !rows.length;
    this.element.replaceChildren(this.template, ...this.rows);
    this.rows[0]?.setAttribute("tabindex", "0");
  }

  point(index) {
    if (index === this.pointed) return;
    this.pointed = index;
    this.rows.forEach((row, at) => row.setAttribute("aria-selected", at === index));
    if (index !== undefined) scrollWithin(this.element, this.rows[index]);
    this.onPoint(index);
  }

  // Nothing else points any more: the row that has the focus is pointed at, if one has.
  release() {
    this.point(this.index(document.activeElement));
  }

  index(target) {
    const index = this.rows.findIndex((row) => row.contains(target));
    return index < 0 ? undefined : index;
  }

  // One row is in the order of Tab; the arrows go on from there.
  step(event) {
    const from = this.index(event.target);
    if (!(event.key in STEPS) || from === undefined) return;
    event.preventDefault();
    const to = Math.min(this.rows.length - 1, Math.max(0, from + STEPS[event.key]));
    this.rows[from].setAttribute("tabindex", "-1");
    this.rows[to].setAttribute("tabindex", "0");
    this.rows[to].focus();
  }
}

// Without moving the page, as scrollIntoView would.
function scrollWithin(list, row) {
  const above = row.offsetTop - list.offsetTop;
  const below = above + row.offsetHeight - list.clientHeight;
  list.scrollTop = Math.min(above, Math.max(below, list.scrollTop));
}
