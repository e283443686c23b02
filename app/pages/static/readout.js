// The answer in one line: shown at once, and read out when the movement has come to rest.

import { worded } from "./series.js";

const REST_MS = 1000;

export class Readout {
  constructor(place) {
    this.line = place.querySelector("[data-slot=now]");
    this.status = place.querySelector("[role=status]");
    this.unit = place.dataset.unit;
    this.task = place.dataset.task;
  }

  show(feature, now) {
    const value = feature.value ? `${feature.value} ${feature.unit}`.trim() : "missing";
    this.line.textContent = `${feature.label} ${value}: ${this.words(now)}`;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => (this.status.textContent = this.line.textContent), REST_MS);
  }

  clear() {
    clearTimeout(this.timer);
    this.line.textContent = "";
  }

  words({ kind, label, values }) {
    if (kind === "share") return `${label} ${worded(values[label], "share")}`;
    if (kind !== "number" && this.task !== "regression") return label;
    const amount = ([name, value]) => `${name} ${worded(value, "number")} ${this.unit}`.trim();
    return Object.entries(values).map(amount).join(", ");
  }
}
