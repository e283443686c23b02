// A picture drawn in place: on paper of any size, or as the small grid of numbers that the model takes.

import { encodeRow } from "./encode.js";
import { jsonRequest } from "./form.js";
import { annotate } from "./annotate.js";
import { Sketch } from "./sketch.js";

const PAPER = { ground: "white", ink: "#1b2733", pen: 12 };
const MAGNIFIED = 10; // a grid is drawn this much larger than it is sent, so that its edges come out smooth
const BOARD = { ground: "black", ink: "white", pen: 2.2 * MAGNIFIED };

export class Pad {
  // `onDrawn` is called with the pad when the pen rests, `onEmpty` when nothing is left on it.
  constructor(element, onDrawn, onEmpty) {
    this.grid = grid(element.dataset);
    const { height, width } = element.dataset;
    const [canvas, marks] = element.querySelectorAll("canvas");
    for (const each of [canvas, marks]) {
      each.height = height * (this.grid ? MAGNIFIED : 1);
      each.width = width * (this.grid ? MAGNIFIED : 1);
    }
    this.marks = marks.getContext("2d");
    this.sketch = new Sketch(canvas, this.grid ? BOARD : PAPER, () => onDrawn(this));
    this.onDrawn = onDrawn;
    this.onEmpty = onEmpty;
    // On an empty pad there is nothing to undo: what is shown then belongs to a picture.
    element.querySelector(".undo").addEventListener("click", () => this.sketch.empty || this.undo());
    element.querySelector(".clear").addEventListener("click", () => this.sketch.empty || this.empty());
    element.hidden = false;
  }

  undo() {
    this.sketch.undo();
    if (this.sketch.empty) this.empty();
    else this.onDrawn(this);
  }

  empty() {
    this.clear();
    this.onEmpty();
  }

  clear() {
    this.sketch.clear();
    this.unmark();
  }

  async bitmap() {
    return createImageBitmap(this.sketch.canvas);
  }

  async request() {
    if (this.grid) return jsonRequest(await this.row(this.sketch.canvas));
    const blob = await new Promise((done) => this.sketch.canvas.toBlob(done, "image/png"));
    const body = new FormData();
    body.append("image", blob, "drawing.png");
    return { body, headers: {}, file: "drawing.png" };
  }

  // A picture like this one as a row of a JSON request.
  row(canvas) {
    return encodeRow(canvas, this.grid);
  }

  // What was found is framed and named where it was drawn; its masks would hide the ink.
  mark(found, colors) {
    this.unmark();
    if (!found.boxes) return;
    const ratio = this.marks.canvas.width / this.marks.canvas.clientWidth;
    annotate(this.marks, { found, colors }, { scale: 1, unit: ratio, layers: { boxes: true, labels: true } });
  }

  unmark() {
    this.marks.clearRect(0, 0, this.marks.canvas.width, this.marks.canvas.height);
  }
}

// The grid of numbers that is to be sent, or null where the drawing goes out as a picture.
function grid({ height, width, minimum, maximum }) {
  if (minimum === undefined) return null;
  return { height: Number(height), width: Number(width), low: Number(minimum), high: Number(maximum) };
}
