// Many rows or pictures at once: takes the files, shows how far the work is, and gives the result as CSV.

import { Album, isZip } from "./album.js";
import { ask, post } from "./api.js";
import { save } from "./downloads.js";
import { DropArea } from "./droparea.js";
import { placed } from "./form.js";
import { patiently } from "./patience.js";
import { Preview } from "./preview.js";
import { Sheet } from "./sheet.js";
import { Table } from "./table.js";

const QUARTERS = 4; // of the work, at which a screen reader is told
const MOST_REASONS = 10;

export class Batch {
  constructor(panel) {
    Object.assign(this, { panel, running: new AbortController(), path: panel.dataset.path });
    this.status = panel.querySelector("[role=status]");
    this.alert = panel.querySelector("[role=alert]");
    this.work = panel.querySelector(".work");
    this.progress = panel.querySelector("progress");
    this.cancel = panel.querySelector(".cancel");
    this.download = panel.querySelector(".download");
    this.preview = new Preview(panel.querySelector(".preview"));
    this.listen(panel.querySelector("input"));
  }

  listen(input) {
    const takes = (files) => this.isTable || files.length > 1 || files.some(isZip);
    new DropArea(this.panel, takes, (files) => this.take(files));
    this.panel.querySelector(".hint [hidden]").hidden = false;
    this.panel.querySelector("[type=submit]").hidden = true; // a file that is chosen is on its way
    input.addEventListener("click", () => (input.value = "")); // so that the same file, mended, can be chosen again
    input.addEventListener("change", () => input.files.length && this.take([...input.files]));
    this.cancel.addEventListener("click", () => this.running.abort());
    this.download.addEventListener("click", () => save(this.sheet.blob(), this.job.name));
  }

  get isTable() {
    return "columns" in this.panel.dataset;
  }

  // The files that were given last win.
  async take(files) {
    this.running.abort();
    const mine = (this.running = new AbortController());
    this.begin(this.isTable ? this.table(files, mine.signal) : this.album(files, mine.signal));
    try {
      if (this.isTable && files.length > 1) throw new Error("These are several files; give one CSV file at a time.");
      await this.run(mine.signal);
      if (this.running === mine) this.end(this.summary());
    } catch (error) {
      if (this.running !== mine) return;
      if (mine.signal.aborted) this.end(`Cancelled. ${this.soFar()}`);
      else this.fail(error);
    }
  }

  table([file], signal) {
    const headers = { "Content-Type": "text/csv", Accept: "text/csv" };
    const asked = (body) => post(this.path, { body, headers }, signal).then(({ text }) => text);
    return new Table(file, Number(this.panel.dataset.columns), (body) => this.patiently(() => asked(body), signal));
  }

  album(files, signal) {
    const asked = (file) => {
      const body = new FormData();
      body.append("image", file);
      return ask(this.path, { body }, signal);
    };
    return new Album(files, this.panel.dataset, (file) => this.patiently(() => asked(file), signal));
  }

  patiently(attempt, signal) {
    return patiently(attempt, signal, (seconds) => this.tell(`No answer yet. Asking again in ${seconds} s.`));
  }

  async run(signal) {
    await this.job.open(signal);
    signal.throwIfAborted();
    this.sheet = new Sheet(this.job.names, this.job.answers.length, this.job.mark);
    this.say(`${this.many(this.job.total)} to do.`);
    for await (const outcomes of this.job.outcomes()) {
      signal.throwIfAborted();
      this.sheet.add(outcomes);
      this.advance();
    }
  }

  begin(job) {
    Object.assign(this, { job, sheet: null, quarter: 0 });
    this.alert.hidden = true;
    this.preview.clear();
    this.progress.removeAttribute("value");
    this.tell("Reading the file.");
    this.say("");
    this.working(true);
  }

  advance() {
    const { count } = this.sheet;
    const { total } = this.job;
    this.progress.value = count / total;
    this.tell(`${count.toLocaleString("en")} of ${this.many(total)}`);
    const quarter = Math.floor((QUARTERS * count) / total);
    if (quarter > this.quarter && quarter < QUARTERS) this.say(`${Math.round(100 * (quarter / QUARTERS))} % done.`);
    this.quarter = quarter;
  }

  end(said) {
    this.say(said);
    this.preview.show(this.job, this.sheet);
    this.working(false);
  }

  fail({ message, errors = [] }) {
    const reasons = errors.length ? errors.slice(0, MOST_REASONS).map(placed) : [message];
    if (errors.length > MOST_REASONS) reasons.push(`and ${errors.length - MOST_REASONS} more`);
    this.alert.replaceChildren(...reasons.map(paragraph));
    this.alert.hidden = false;
    this.end(this.soFar());
  }

  summary() {
    const { good, bad } = this.sheet;
    const note = this.job.note ? ` ${this.job.note}` : "";
    if (!bad) return `Done: ${this.many(good)}, no errors.${note}`;
    return `Done: ${this.many(good)} with an answer, ${bad.toLocaleString("en")} with an error.${note}`;
  }

  soFar() {
    if (!this.sheet?.count) return "Nothing was scored.";
    return `${this.sheet.count.toLocaleString("en")} of ${this.many(this.job.total)} were done; these can be downloaded.`;
  }

  many(count) {
    return `${count.toLocaleString("en")} ${this.job.unit}${count === 1 ? "" : "s"}`;
  }

  // Seen, but not read out: it changes all the time.
  tell(text) {
    this.work.querySelector("[data-slot=far]").textContent = text;
  }

  say(text) {
    this.status.textContent = text;
  }

  // The button that is pressed next takes the place, and the focus, of the one that was pressed.
  working(yes) {
    const focused = [this.cancel, this.download].includes(document.activeElement);
    this.work.hidden = this.cancel.hidden = !yes;
    this.status.classList.toggle("visually-hidden", yes); // the eye has the bar
    this.download.hidden = yes || !this.sheet?.count;
    if (focused) (yes ? this.cancel : this.download).focus();
  }
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
