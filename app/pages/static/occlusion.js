// Where a model looks: what its answer loses as one part of the picture after the other is covered.
// The method is that of Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", ECCV 2014, section 4.

import { classOf } from "./labels.js";

const CELLS = 12; // along the longer side
const PATCH = 2; // cells that are covered at once, so that neighbours overlap
const LARGEST = 512; // pixels along the longer side: far below what a request may have
const BATCH = 12; // pictures in a request
const SAME = 0.5; // intersection over union from which two boxes are of one thing (PASCAL VOC's measure)

// encode: a canvas -> a row of JSON; askRows: rows -> the answer; onProgress: gets the share that is done.
// Returns the picture as it was sent, the grid of losses row by row, and the label
// whose probability they are of, or null and how many things were found.
export async function measureLosses(bitmap, encode, askRows, onProgress) {
  const picture = scaledDown(bitmap);
  const grid = gridOf(picture);
  const color = medianColor(picture);
  const whole = await askRows(await encode(picture));
  const losses = [];
  for (let start = 0; start < grid.cells.length; start += BATCH) {
    const batch = grid.cells.slice(start, start + BATCH);
    const rows = await Promise.all(batch.map((cell) => encode(covered(picture, cell, grid.side, color))));
    const answer = await askRows(rows.join(", "));
    losses.push(...batch.map((_, index) => loss(whole, answer, index)));
    onProgress(losses.length / grid.cells.length);
  }
  const { columns, rows } = grid;
  return { picture, columns, rows, losses, label: labelOf(whole), found: whole.predictions[0].boxes?.length };
}

function labelOf({ predictions, probabilities }, index = 0) {
  const given = predictions[index];
  return typeof given === "object" ? null : classOf(given, probabilities?.[index]);
}

function scaledDown(bitmap) {
  const scale = Math.min(1, LARGEST / Math.max(bitmap.width, bitmap.height));
  const size = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  const canvas = new OffscreenCanvas(...size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // where the picture is transparent, as the service has it
  context.fillRect(0, 0, ...size);
  context.drawImage(bitmap, 0, 0, ...size);
  return canvas;
}

// Square cells, by their upper left corners.
function gridOf({ width, height }) {
  const side = Math.max(width, height) / CELLS;
  const [columns, rows] = [width, height].map((length) => Math.max(1, Math.round(length / side)));
  const cells = Array.from({ length: rows * columns }, (_, index) => ({
    x: ((index % columns) * width) / columns,
    y: (Math.floor(index / columns) * height) / rows,
  }));
  return { side, columns, rows, cells };
}

// The neutral colour: each channel's median is paper where there is paper, and night where it is night.
function medianColor(picture) {
  const { data } = picture.getContext("2d").getImageData(0, 0, picture.width, picture.height);
  const channel = (first) => data.filter((_, index) => index % 4 === first).sort()[data.length >> 3];
  return `rgb(${[0, 1, 2].map(channel)})`;
}

function covered(picture, { x, y }, side, color) {
  const canvas = new OffscreenCanvas(picture.width, picture.height);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const margin = ((PATCH - 1) / 2) * side;
  context.drawImage(picture, 0, 0);
  context.fillStyle = color;
  context.fillRect(x - margin, y - margin, PATCH * side, PATCH * side);
  return canvas;
}

// Of a classifier, probability of the label that it gives the whole picture; else scores of what it finds in it, 1 each.
function loss(whole, answer, index) {
  const label = labelOf(whole);
  if (label !== null) return probability(whole, 0, label) - probability(answer, index, label);
  return lostScores(whole.predictions[0], answer.predictions[index]);
}

function probability(answer, index, label) {
  return answer.probabilities?.[index][label] ?? Number(labelOf(answer, index) === label);
}

// Each thing is looked for among those of its class that were found again; none is found twice.
export function lostScores(before, after) {
  const left = new Set(after.boxes.keys());
  return before.boxes.reduce((lost, box, index) => {
    const match = [...left]
      .filter((other) => after.class_ids[other] === before.class_ids[index] && overlap(box, after.boxes[other]) >= SAME)
      .sort((one, other) => overlap(box, after.boxes[other]) - overlap(box, after.boxes[one]))[0];
    left.delete(match);
    return lost + (before.scores[index] - (after.scores[match] ?? 0)) / 100;
  }, 0);
}

function overlap(one, other) {
  const shared = area([0, 1, 2, 3].map((edge) => (edge < 2 ? Math.max : Math.min)(one[edge], other[edge])));
  return shared / (area(one) + area(other) - shared);
}

function area([left, top, right, bottom]) {
  return Math.max(0, right - left) * Math.max(0, bottom - top);
}
