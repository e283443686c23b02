// The map of where a model looks, on demand: progress, the map over its picture, a legend, how strongly it covers.

import { measureLosses } from "./occlusion.js";

const SHOWN = 720; // pixels of the map along the longer side
const SLIGHT = 0.01; // a loss below this says nothing
// Colour and opacity at no loss, at half of the greatest, at the greatest; heat-stops in result.html says the same.
const STOPS = [[255, 214, 10, 0], [255, 150, 10, 0.65], [200, 20, 30, 0.95]];
const DOWN = ["top", "middle", "bottom"];
const ACROSS = ["left", "centre", "right"];

export class HeatMap {
  // askRows: rows of JSON and a signal -> the service's answer.
  constructor(element, askRows) {
    Object.assign(this, { element, askRows, running: new AbortController() });
    [this.start, this.stop] = element.querySelectorAll("button");
    this.progress = element.querySelector("progress");
    this.status = element.querySelector("[role=status]");
    this.figure = element.querySelector("figure");
    this.canvas = element.querySelector("canvas");
    this.opacity = element.querySelector("input");
    this.start.addEventListener("click", () => this.run());
    this.stop.addEventListener("click", () => this.cancel());
    this.opacity.addEventListener("input", () => this.draw());
  }

  // given: says a canvas as a `row`, as pictures and drawings do.
  offer(given, bitmap) {
    this.reset();
    Object.assign(this, { given, bitmap });
    this.element.hidden = false;
  }

  reset() {
    this.running.abort();
    this.working(false);
    this.figure.hidden = true;
    this.status.textContent = "";
    this.element.hidden = true;
  }

  cancel() {
    this.running.abort();
    this.working(false);
    this.status.textContent = "Cancelled.";
  }

  async run() {
    const mine = (this.running = new AbortController());
    this.working(true);
    this.figure.hidden = true;
    this.status.textContent = "Covering one part after the other.";
    try {
      const map = await measureLosses(
        this.bitmap,
        (canvas) => this.given.row(canvas),
        (rows) => this.askRows(rows, mine.signal),
        (share) => (this.progress.value = share),
      );
      if (!mine.signal.aborted) this.show(map);
    } catch (error) {
      if (!mine.signal.aborted) this.status.textContent = error.message;
    } finally {
      if (this.running === mine && !mine.signal.aborted) this.working(false);
    }
  }

  // The button that is pressed next takes the place, and the focus, of the one that was pressed.
  working(yes) {
    const [shown, gone] = yes ? [this.stop, this.start] : [this.start, this.stop];
    const focused = document.activeElement === gone;
    shown.hidden = false;
    if (focused) shown.focus();
    gone.hidden = true;
    this.progress.value = 0;
    this.progress.hidden = !yes;
  }

  show(map) {
    const peak = Math.max(...map.losses);
    Object.assign(this, { map, peak, heat: paint(map, peak) });
    const said = sentence(map, peak);
    this.status.textContent = said;
    this.canvas.setAttribute("aria-label", said);
    this.element.querySelector("[data-slot=peak]").textContent = amount(map, Math.max(0, peak));
    this.figure.hidden = false;
    this.draw();
  }

  draw() {
    const { picture } = this.map;
    const scale = SHOWN / Math.max(picture.width, picture.height);
    this.canvas.width = Math.round(picture.width * scale);
    this.canvas.height = Math.round(picture.height * scale);
    const context = this.canvas.getContext("2d");
    context.imageSmoothingEnabled = scale < 4; // the pixels of a thumbnail are squares
    context.drawImage(picture, 0, 0, this.canvas.width, this.canvas.height);
    Object.assign(context, { globalAlpha: this.opacity.value / 100, imageSmoothingEnabled: true });
    context.drawImage(this.heat, 0, 0, this.canvas.width, this.canvas.height);
  }
}

// One pixel for each cell. What gains by being covered is as cold as what does not matter.
function paint({ columns, rows, losses }, peak) {
  const canvas = new OffscreenCanvas(columns, rows);
  const image = new ImageData(columns, rows);
  if (peak >= SLIGHT) losses.forEach((loss, index) => image.data.set(heatColor(Math.max(0, loss) / peak), 4 * index));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function heatColor(share) {
  const lower = share < 0.5 ? 0 : 1;
  const part = 2 * share - lower;
  const [red, green, blue, alpha] = STOPS[lower].map((from, index) => from + part * (STOPS[lower + 1][index] - from));
  return [red, green, blue, 255 * alpha];
}

function sentence(map, peak) {
  if (peak < SLIGHT) return "No part stands out: with any one of them covered, the answer stays as it is.";
  const at = map.losses.indexOf(peak);
  const down = DOWN[Math.floor((3 * Math.floor(at / map.columns)) / map.rows)];
  const across = ACROSS[Math.floor((3 * (at % map.columns)) / map.columns)];
  const where = down === "middle" && across === "centre" ? "the middle" : `the ${down} ${across}`;
  return `Covering ${where} costs most: ${amount(map, peak)}.`;
}

function amount({ label, found }, loss) {
  if (label !== null) return `${Math.round(100 * loss)} points of the probability of ${label}`;
  return `${Number(loss.toFixed(1))} of the ${found} found`;
}
