// One field as something to vary: over a range of numbers, or over categories.

import { extent, grid } from "./extent.js";
import { labelOf } from "./slider.js";

const MOST = 60; // categories

export class Feature {
  constructor(input) {
    Object.assign(this, { input, name: input.name, label: labelOf(input), unit: input.dataset.unit });
    this.optional = "optional" in input.dataset;
    this.extent = isRanged(input) ? extent(input.dataset) : null;
  }

  static of(input) {
    return isRanged(input) || choices(input).length ? new Feature(input) : null;
  }

  get title() {
    return this.unit ? `${this.label} (${this.unit})` : this.label;
  }

  // As shown where the field is blank: nothing is a value, too.
  get value() {
    return this.extent ? this.input.value.trim() : this.input.value;
  }

  // The texts to try. A blank one stands for a missing value.
  texts() {
    const texts = this.extent ? grid(this.extent) : choices(this.input).slice(0, MOST);
    if (!this.extent && this.value && !texts.includes(this.value)) texts.push(this.value);
    return this.optional ? [...texts, ""] : texts;
  }
}

function isRanged({ dataset, list, tagName }) {
  return tagName === "INPUT" && !list && Boolean(dataset.minimum && dataset.maximum);
}

function choices(input) {
  const options = input.list?.options ?? input.options ?? [];
  return [...options].map((option) => option.value).filter(Boolean);
}
