// A picture with the masks, boxes and labels of its instances, and their list: to point at one shows it in both.

import { annotate, scored } from "./annotate.js";
import { colorOf } from "./colors.js";
import { paintMasks } from "./masks.js";
import { OptionList } from "./options.js";

const TALLEST = 0.75; // of the window
const LARGEST_PLAIN = 900; // pixels along the longer side, above which lines and labels grow with the picture

export class InstancesView {
  constructor(panel, colors) {
    this.place = panel.querySelector("#drawn");
    this.canvas = this.place.querySelector("canvas");
    this.colors = colors;
    this.toggles = [...panel.querySelectorAll("[data-layer]")];
    this.layers = panel.querySelector("#layers");
    this.list = new OptionList(panel.querySelector("#instances"), (index) => this.highlight(index));
    this.listen();
  }

  listen() {
    for (const toggle of this.toggles) toggle.addEventListener("change", () => this.draw());
    this.canvas.addEventListener("pointermove", (event) => this.list.point(this.at(event)));
    this.canvas.addEventListener("pointerdown", (event) => this.list.point(this.at(event)));
    // A finger leaves as it lifts: what it has pointed at stays shown.
    this.canvas.addEventListener("pointerleave", ({ pointerType }) => pointerType === "mouse" && this.list.release());
    let width = 0;
    new ResizeObserver(() => {
      if (width !== this.place.clientWidth) this.draw();
      width = this.place.clientWidth;
    }).observe(this.place);
  }

  show(bitmap, found) {
    Object.assign(this, { bitmap, found, highlighted: undefined, overlay: paintMasks(found, this.colors) });
    this.place.querySelector("img")?.remove();
    this.canvas.hidden = false;
    this.layers.hidden = false;
    this.toggles.find(({ dataset }) => dataset.layer === "masks").closest("label").hidden = !this.overlay;
    this.list.fill(
      found.class_names.map((_, index) => ({ text: scored(found, index), color: colorOf(found, this.colors, index) })),
    );
    this.draw();
  }

  highlight(index) {
    if (index === this.highlighted) return;
    this.highlighted = index;
    this.draw();
  }

  draw() {
    if (!this.bitmap || !this.place.clientWidth) return;
    const [height, width] = this.found.mask_shape;
    const shown = Math.min(this.place.clientWidth, (TALLEST * window.innerHeight * width) / height);
    const scale = (shown * window.devicePixelRatio) / width;
    this.canvas.style.width = `${shown}px`;
    this.paint(this.canvas, { scale, unit: window.devicePixelRatio, highlighted: this.highlighted });
  }

  // The picture as it is shown, in all its pixels.
  async png() {
    const canvas = new OffscreenCanvas(1, 1);
    this.paint(canvas, { scale: 1, unit: Math.max(1, Math.max(...this.found.mask_shape.slice(0, 2)) / LARGEST_PLAIN) });
    return canvas.convertToBlob({ type: "image/png" });
  }

  paint(canvas, how) {
    [canvas.height, canvas.width] = this.found.mask_shape.map((side) => Math.round(side * how.scale));
    const layers = Object.fromEntries(this.toggles.map(({ dataset, checked }) => [dataset.layer, checked]));
    annotate(canvas.getContext("2d"), this, { ...how, layers });
  }

  // The instance under a pointer: whose mask it touches, else the smallest whose box it is in.
  at(event) {
    if (!this.found) return undefined;
    const box = this.canvas.getBoundingClientRect();
    const [height, width] = this.found.mask_shape;
    const x = ((event.clientX - box.left) / box.width) * width;
    const y = ((event.clientY - box.top) / box.height) * height;
    return this.owner(x, y) ?? smallestAround(this.found.boxes, x, y);
  }

  owner(x, y) {
    if (!this.overlay) return undefined;
    const { canvas, owners, scale } = this.overlay;
    const number = owners[Math.floor(y * scale) * canvas.width + Math.floor(x * scale)];
    return number ? number - 1 : undefined;
  }
}

function smallestAround(boxes, x, y) {
  const area = ([left, top, right, bottom]) => (right - left) * (bottom - top);
  return boxes
    .map((_, index) => index)
    .filter((index) => boxes[index][0] <= x && x < boxes[index][2] && boxes[index][1] <= y && y < boxes[index][3])
    .sort((one, other) => area(boxes[one]) - area(boxes[other]))[0];
}
