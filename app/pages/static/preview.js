// The first rows of a result, those with errors first, as a table.

import { plain } from "./csv.js";

export class Preview {
  constructor(element) {
    this.element = element;
    this.caption = element.querySelector("caption");
    this.head = element.querySelector("thead");
    this.body = element.querySelector("tbody");
  }

  clear() {
    this.element.hidden = true;
    this.body.replaceChildren();
  }

  // job: {unit, header, answers}; sheet: null where no row was come to.
  show({ header, answers, unit }, sheet) {
    this.clear();
    if (!sheet?.count) return;
    const shown = sheet.first;
    this.caption.textContent = captionOf(shown.length, sheet, unit);
    this.head.replaceChildren(rowOf(["No.", ...answers, ...header].map((name) => cell("th", plain(name), { scope: "col" }))));
    this.body.replaceChildren(...shown.map((outcome) => this.row(outcome, answers.length)));
    this.element.hidden = false;
  }

  row({ number, inputs, answers, error }, width) {
    const result = error
      ? [cell("td", error, { colSpan: width, className: "failed" })]
      : answers.map((answer) => cell("td", plain(answer), { className: "answered" }));
    return rowOf([cell("th", number, { scope: "row" }), ...result, ...inputs.map((input) => cell("td", plain(input)))]);
  }
}

function captionOf(shown, { count, bad }, unit) {
  const order = bad && bad < count ? ", those with an error first" : "";
  return shown < count ? `${shown} of ${count.toLocaleString("en")} ${unit}s${order}` : `All ${unit}s${order}`;
}

function rowOf(cells) {
  const row = document.createElement("tr");
  row.append(...cells);
  return row;
}

function cell(kind, text, attributes = {}) {
  const element = Object.assign(document.createElement(kind), attributes);
  element.textContent = text;
  return element;
}
