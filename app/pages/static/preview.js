// The first rows of a result, those with errors first, as a table.

import { plain } from "./csv.js";
import { shown } from "./result.js";

const LONG = 9; // characters: numbers beyond are shown in fewer digits; the file has them all

export class Preview {
  constructor(element) {
    this.element = element;
    this.caption = element.querySelector(".hint");
    this.head = element.querySelector("thead");
    this.body = element.querySelector("tbody");
  }

  clear() {
    this.element.hidden = true;
    this.body.replaceChildren();
  }

  // job: {unit, header, answers, numbering}; sheet: null where no row was come to.
  show(job, sheet) {
    this.clear();
    if (!sheet?.count) return;
    const first = sheet.first;
    const names = [...job.answers, ...job.header].map(plain);
    const unit = `${job.unit[0].toUpperCase()}${job.unit.slice(1)}`;
    this.caption.textContent = captionOf(first.length, sheet, job);
    this.head.replaceChildren(rowOf([unit, ...names].map((name) => cell("th", name, { scope: "col" }))));
    this.body.replaceChildren(...first.map((outcome) => outcomeRow(outcome, job.answers.length)));
    this.element.hidden = false;
  }
}

function outcomeRow({ number, inputs, answers, error }, width) {
  const result = error ? [failure(error, width)] : answers.map((answer) => cell("td", brief(plain(answer))));
  return rowOf([cell("th", number, { scope: "row" }), ...result, ...inputs.map((input) => cell("td", plain(input)))]);
}

function failure(error, width) {
  const element = cell("td", "", { colSpan: width, className: "failed" });
  element.append(cell("span", error));
  return element;
}

function captionOf(first, { count, bad }, { unit, numbering }) {
  const order = bad && bad < count ? ", those with an error first" : "";
  const which = first < count ? `${first} of ${count.toLocaleString("en")} ${unit}s` : `All ${unit}s`;
  return `${which}${order}. ${numbering}`;
}

function brief(text) {
  return text.length > LONG && Number.isFinite(Number(text)) ? shown(Number(text)) : text;
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
