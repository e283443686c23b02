// A small picture drawn in place: light ink on a dark ground, as a grid of numbers.

import { jsonRequest } from "./form.js";

const MAGNIFIED = 10; // drawn this much larger than it is sent, so that its edges come out smooth
const PEN = 2.2; // the pen's width in sent pixels

export class Pad {
  // `onLift` is called when the pen leaves the pad.
  constructor(element, onLift) {
    const { height, width, minimum, maximum } = element.dataset;
    this.height = Number(height);
    this.width = Number(width);
    this.low = Number(minimum);
    this.high = Number(maximum);
    this.canvas = element.querySelector("canvas");
    this.canvas.width = this.width * MAGNIFIED;
    this.canvas.height = this.height * MAGNIFIED;
    this.context = this.canvas.getContext("2d");
    element.hidden = false;
    element.querySelector("button").addEventListener("click", () => this.clear());
    this.listen(onLift);
    this.clear();
  }

  clear() {
    this.context.fillStyle = "black";
    this.context.fillRect(0, 0, this.canvas.width, this.canvas.height);
  }

  async bitmap() {
    return createImageBitmap(this.canvas);
  }

  request() {
    return jsonRequest(`[${this.rows().map((row) => `[${row}]`)}]`);
  }

  rows() {
    const small = new OffscreenCanvas(this.width, this.height).getContext("2d");
    small.imageSmoothingQuality = "high";
    small.drawImage(this.canvas, 0, 0, this.width, this.height);
    const { data } = small.getImageData(0, 0, this.width, this.height);
    const value = (x, y) => this.low + (data[4 * (y * this.width + x)] * (this.high - this.low)) / 255;
    return Array.from({ length: this.height }, (_, y) => Array.from({ length: this.width }, (_, x) => value(x, y)));
  }

  listen(onLift) {
    this.canvas.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      this.canvas.setPointerCapture(event.pointerId);
      this.last = this.position(event);
      this.stroke(event);
    });
    this.canvas.addEventListener("pointermove", (event) => {
      // Between two frames a pen reports more points than one.
      if (this.last) for (const each of coalesced(event)) this.stroke(each);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      this.canvas.addEventListener(kind, () => {
        if (this.last) onLift(this);
        this.last = null;
      });
    }
  }

  stroke(event) {
    const point = this.position(event);
    Object.assign(this.context, { strokeStyle: "white", lineCap: "round", lineWidth: PEN * MAGNIFIED });
    this.context.beginPath();
    this.context.moveTo(...this.last);
    this.context.lineTo(...point);
    this.context.stroke();
    this.last = point;
  }

  position(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) / box.width) * this.canvas.width,
      ((event.clientY - box.top) / box.height) * this.canvas.height,
    ];
  }
}

function coalesced(event) {
  const events = event.getCoalescedEvents?.() ?? [];
  return events.length ? events : [event];
}
