// What came of each row: as a CSV file that grows, and the first rows to be shown.

import { quoted } from "./csv.js";

const SHOWN = 100;

export class Sheet {
  // names: of the columns, the last one being the error's; mark: what the file begins with.
  constructor(names, answers, mark = "") {
    this.parts = [`${mark}${names.join(",")}\r\n`];
    Object.assign(this, { empty: Array(answers).fill(""), good: 0, bad: 0, firstGood: [], firstBad: [] });
  }

  get count() {
    return this.good + this.bad;
  }

  // Those with errors first.
  get first() {
    return [...this.firstBad, ...this.firstGood].slice(0, SHOWN);
  }

  // outcomes: {number, inputs, answers, error}, where inputs and answers are fields of CSV, and answers may be null.
  add(outcomes) {
    this.parts.push(new Blob(outcomes.map((outcome) => this.line(outcome)))); // which the browser may keep on disk
    for (const outcome of outcomes) this.note(outcome);
  }

  line({ inputs, answers, error }) {
    return `${[...inputs, ...(answers ?? this.empty), quoted(error)].join(",")}\r\n`;
  }

  note(outcome) {
    const first = outcome.error ? this.firstBad : this.firstGood;
    if (outcome.error) this.bad += 1;
    else this.good += 1;
    if (first.length < SHOWN) first.push(outcome);
  }

  blob() {
    return new Blob(this.parts, { type: "text/csv" });
  }
}
