// What a curve is drawn with: a frame with its two axes, in pixels.

import { ticks } from "./extent.js";

const SVG = "http://www.w3.org/2000/svg";
const EDGES = { top: 26, bottom: 44, left: 48 };
const MISSING = 68; // the strip to the left, where a missing value stands
const TICK_PX = 42;

export function svg(name, attributes, ...children) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export class Plot {
  // x and y: {low, high, title}; y may have `format` for its ticks, or no ticks at all. right: room for labels.
  constructor({ width, height, right, x, y, missing }) {
    Object.assign(this, { width, height, x, y });
    this.left = EDGES.left + (missing ? MISSING : 0);
    this.right = width - right;
    this.bottom = height - EDGES.bottom;
    this.missing = missing ? EDGES.left + MISSING / 2 : null;
  }

  // Where a value stands; a missing one has a place of its own.
  across(value) {
    if (value === null) return this.missing;
    return this.left + ((value - this.x.low) / (this.x.high - this.x.low)) * (this.right - this.left);
  }

  up(value) {
    return this.bottom - ((value - this.y.low) / (this.y.high - this.y.low)) * (this.bottom - EDGES.top);
  }

  frame() {
    const middle = (this.left + this.right) / 2;
    const parts = [
      ...this.beyond(),
      ...this.gridLines(),
      ...ticks(this.x.low, this.x.high, (this.right - this.left) / TICK_PX).map((value) => this.below(this.across(value), value)),
      svg("text", { x: middle, y: this.height - 6, "text-anchor": "middle", class: "title" }, this.x.title),
      svg("text", { x: 0, y: 12, class: "title" }, this.y.title),
    ];
    if (this.missing) parts.push(this.below(this.missing, "missing"));
    return svg("g", { class: "frame" }, ...parts);
  }

  // A vertical line at a value, from the top to the axis.
  rule(value) {
    const x = this.across(value);
    return svg("line", { class: "now", x1: x, x2: x, y1: EDGES.top, y2: this.bottom });
  }

  gridLines() {
    if (!this.y.format) return [this.line(this.bottom)];
    return ticks(this.y.low, this.y.high, 4).flatMap((value) => {
      const y = this.up(value);
      return [this.line(y), svg("text", { x: EDGES.left - 8, y: y + 4, "text-anchor": "end" }, this.y.format(value))];
    });
  }

  line(y) {
    return svg("line", { x1: EDGES.left, x2: this.right, y1: y, y2: y });
  }

  below(x, text) {
    return svg("text", { x, y: this.bottom + 18, "text-anchor": "middle" }, String(text));
  }

  // The parts of the range that training did not see.
  beyond() {
    const { low, high, minimum, maximum } = this.x;
    const strips = [[low, Math.min(high, minimum)], [Math.max(low, maximum), high]].filter(([from, to]) => to > from);
    return strips.map(([from, to]) => {
      const [x, end] = [this.across(from), this.across(to)];
      return svg("rect", { class: "beyond", x, y: EDGES.top, width: end - x, height: this.bottom - EDGES.top });
    });
  }
}
