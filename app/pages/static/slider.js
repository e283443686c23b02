// A slider below the field of a number. The value stands in the field; the slider moves it.

import { extent } from "./extent.js";

export class Slider {
  constructor(input) {
    const { low, high, step, decimals } = extent(input.dataset);
    this.input = input;
    this.range = document.createElement("input");
    Object.assign(this.range, { type: "range", ariaLabel: labelOf(input) });
    Object.assign(this.range, { min: low.toFixed(decimals), max: high.toFixed(decimals), step: step.toFixed(decimals) });
    this.element = document.createElement("div");
    Object.assign(this.element, { className: "slider", hidden: true });
    this.element.append(this.range);
    if ("optional" in input.dataset) this.element.append(this.emptier());
    input.closest(".box").after(this.element);
    this.range.addEventListener("input", () => this.set(this.range.value));
    input.addEventListener("input", () => this.follow());
  }

  show(shown) {
    this.element.hidden = !shown;
    this.follow();
  }

  set(text) {
    this.input.value = text;
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // No place on the slider stands for a missing value.
  emptier() {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", className: "link", textContent: "Missing" });
    button.ariaLabel = `Set ${labelOf(this.input)} to missing`;
    button.addEventListener("click", () => this.set(""));
    return button;
  }

  // A value that is missing, or not a number, leaves the slider where it is.
  follow() {
    const value = Number.parseFloat(this.input.value);
    if (Number.isFinite(value)) this.range.value = value;
    this.range.ariaValueText = `${this.input.value || "missing"} ${this.input.dataset.unit}`.trim();
  }
}

export function labelOf(input) {
  return input.labels[0].firstChild.textContent.trim();
}
