// "What if": sliders in the form that predict as they move, and the predictions over the range of one feature.

import { ask, Refusal } from "./api.js";
import { drawBars } from "./bars.js";
import { drawCurve } from "./curve.js";
import { Feature } from "./feature.js";
import { jsonRequest, placed } from "./form.js";
import { Pace } from "./pace.js";
import { Readout } from "./readout.js";
import { seriesOf, told, worded } from "./series.js";
import { Slider } from "./slider.js";

export class WhatIf {
  // `predict` asks for the form's row as it is and then calls `mark` with the answer.
  constructor(place, form, predict) {
    Object.assign(this, { place, form });
    this.features = form.inputs.map((input) => Feature.of(input)).filter(Boolean);
    if (!this.features.length) return;
    this.sliders = this.features.filter((each) => each.extent).map((each) => new Slider(each.input));
    this.along = place.querySelector("select");
    this.along.append(...this.features.map((each, index) => new Option(each.label, index)));
    this.readout = new Readout(place);
    this.pace = new Pace(() => Promise.all([predict(), this.sweep()]));
    this.moved = this.features[0];
    this.listen();
  }

  listen() {
    this.toggle = this.form.element.querySelector("#what-if-toggle");
    this.toggle.hidden = false;
    this.toggle.addEventListener("click", () => this.open(this.place.hidden));
    for (const input of this.form.inputs) input.addEventListener("input", () => this.follow(input));
    this.form.element.addEventListener("fill", () => this.refill());
    this.along.addEventListener("change", () => this.follow(this.feature.input));
    this.place.querySelector("details").addEventListener("toggle", () => this.list());
    new ResizeObserver(() => this.draw()).observe(this.drawing);
  }

  open(opened) {
    this.place.hidden = !opened;
    this.toggle.ariaPressed = opened;
    for (const slider of this.sliders) slider.show(opened);
    if (!opened) return;
    if (this.form.isBlank) this.form.fillExample();
    const bench = this.place.closest(".bench");
    if (bench.getBoundingClientRect().top < 0) bench.scrollIntoView(); // on a phone the button lies far below
    this.pace.want();
  }

  refill() {
    for (const slider of this.sliders) slider.follow();
    if (!this.place.hidden) this.pace.want();
  }

  follow(input) {
    this.moved = this.features.find((each) => each.input === input) ?? this.moved;
    if (!this.place.hidden) this.pace.want();
  }

  // The one that was chosen, else the one that moves.
  get feature() {
    return this.features[this.along.value] ?? this.moved;
  }

  // One request for the whole range. The old curve stays until the new one is there, or is refused.
  async sweep() {
    const { feature } = this;
    const texts = feature.texts();
    const rows = texts.map((text) => this.form.row({ [feature.name]: text })).join(", ");
    if (rows === this.swept) return this.draw();
    try {
      const answer = await ask(this.form.path, jsonRequest(rows));
      this.swept = rows;
      this.found = { feature, texts, ...seriesOf(answer, this.place.dataset.task) };
      this.draw();
      this.list();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const [first] = error.errors;
      this.clear(`The range of ${feature.label} was not predicted: ${first ? placed(first) : error.message}`);
    }
  }

  // Says why there is no curve, as the row itself may have its answer; the next movement asks again.
  clear(reason) {
    this.swept = this.found = null;
    this.drawing.ariaLabel = "";
    this.drawing.tabIndex = -1;
    this.drawing.replaceChildren(Object.assign(document.createElement("p"), { className: "muted", textContent: reason }));
    this.place.querySelector("[data-slot=shaded]").hidden = true;
    const { tHead, tBodies: [body] } = this.place.querySelector("table");
    tHead.replaceChildren();
    body.replaceChildren();
  }

  // The answer to the form's row.
  mark(answer) {
    if (this.place.hidden) return;
    this.now = told(answer);
    this.draw();
    this.readout.show(this.moved, this.now);
  }

  // The form's row has no answer.
  unmark() {
    if (this.place.hidden) return;
    this.now = null;
    this.draw();
    this.readout.clear();
  }

  get drawing() {
    return this.place.querySelector("[data-slot=drawing]");
  }

  draw() {
    if (!this.found || !this.drawing.clientWidth) return;
    const { feature, texts, kind, series } = this.found;
    const { target, unit } = this.place.dataset;
    const title = `${target} over ${feature.label}`;
    this.drawing.classList.toggle("curve", Boolean(feature.extent));
    this.drawing.ariaLabel = title;
    this.drawing.tabIndex = feature.extent ? -1 : 0; // many bars scroll
    this.place.querySelector("[data-slot=shaded]").hidden = !feature.extent;
    if (!feature.extent) return drawBars(this.drawing, { texts, kind, series, unit, now: feature.value });
    const { minimum, maximum } = feature.input.dataset;
    drawCurve(this.drawing, {
      kind,
      series,
      title,
      xs: texts.map((text) => (text === "" ? null : Number(text))),
      x: { ...feature.extent, title: feature.title, minimum: Number(minimum), maximum: Number(maximum) },
      y: kind === "share" ? `probability of each ${target}` : unit ? `${target} (${unit})` : target,
      now: this.now && { x: position(feature.value), values: heights(this.now, kind, series) },
    });
  }

  // The same as a table, made when somebody looks at it.
  list() {
    const details = this.place.querySelector("details");
    if (!details.open || !this.found) return;
    const { feature, texts, kind, series } = this.found;
    const table = details.querySelector("table");
    table.createTHead().replaceChildren(row("th", [feature.title, ...series.map(({ name }) => name || this.place.dataset.target)]));
    const rows = texts.map((text, at) => row("td", [text || "missing", ...series.map(({ values }) => worded(values[at], kind))]));
    table.tBodies[0].replaceChildren(...rows);
  }
}

// null where it is missing, undefined where it is no number.
function position(text) {
  if (text === "") return null;
  return Number.isFinite(Number(text)) ? Number(text) : undefined;
}

// How high the answer stands in each series: where only labels are told, on the line of its own.
function heights({ label, values }, kind, series) {
  return kind === "label" ? { [label]: series.findIndex(({ name }) => name === label) } : values;
}

function row(tag, texts) {
  const element = document.createElement("tr");
  element.append(...texts.map((text) => Object.assign(document.createElement(tag), { textContent: text })));
  return element;
}
