// Draws what was found in a picture: masks, boxes and labels, at any scale.

import { colorOf, readableOn } from "./colors.js";
import { paintMask } from "./masks.js";

const DIMMED = 0.3; // of what is not highlighted

// found: the prediction; colors: by class; overlay: of `paintMasks`, bitmap: the picture, both optional.
// scale: pixels of the context for one of the picture; unit: for one of the screen; highlighted: an index, optional.
export function annotate(context, { found, colors, overlay, bitmap }, { scale, unit, layers, highlighted }) {
  const [height, width] = found.mask_shape.map((side) => Math.round(side * scale));
  const boxes = found.boxes.map((box) => box.map((edge) => edge * scale));
  const color = (index) => colorOf(found, colors, index);
  const chosen = highlighted !== undefined;
  if (bitmap) {
    context.fillStyle = "white"; // the service lays transparency on white
    context.fillRect(0, 0, width, height);
    context.drawImage(bitmap, 0, 0, width, height);
  }
  context.globalAlpha = chosen ? DIMMED : 1;
  if (layers.masks && overlay) context.drawImage(overlay.canvas, 0, 0, width, height);
  if (layers.boxes) boxes.forEach((box, index) => frame(context, box, color(index), 1.5 * unit));
  if (layers.labels && !chosen) {
    const texts = labels(context, found, boxes, unit);
    boxes.forEach((box, index) => label(context, box, texts[index], color(index), unit));
  }
  context.globalAlpha = 1;
  if (chosen) highlight(context, { found, overlay }, highlighted, color(highlighted), scale, unit);
}

function highlight(context, { found, overlay }, index, color, scale, unit) {
  const box = found.boxes[index].map((edge) => edge * scale);
  const [left, top, right, bottom] = box;
  if (overlay) {
    const mask = paintMask(found.masks[index], found.boxes[index], color);
    context.drawImage(mask, left, top, right - left, bottom - top);
  }
  frame(context, box, color, 3 * unit);
  label(context, box, scored(found, index), color, unit);
}

export function scored({ class_names: names, scores }, index) {
  return `${names[index]}  ${Math.round(scores[index])} %`;
}

// With their scores where none then runs into its neighbours, else without.
function labels(context, found, boxes, unit) {
  const full = found.class_names.map((_, index) => scored(found, index));
  context.font = font(unit);
  const fits = boxes.every(([left, , right], index) => context.measureText(full[index]).width <= 1.4 * (right - left));
  return fits ? full : found.class_names;
}

function frame(context, [left, top, right, bottom], color, lineWidth) {
  Object.assign(context, { lineWidth, strokeStyle: color });
  context.strokeRect(left, top, right - left, bottom - top);
}

function label(context, [left, top], text, color, unit) {
  Object.assign(context, { font: font(unit), textBaseline: "middle", fillStyle: color });
  const width = context.measureText(text).width + 8 * unit;
  const height = 16 * unit;
  const x = Math.max(0, Math.min(left - 0.75 * unit, context.canvas.width - width));
  const y = Math.max(0, top - height);
  context.fillRect(x, y, width, height);
  context.fillStyle = readableOn(color);
  context.fillText(text, x + 4 * unit, y + height / 2 + unit / 2);
}

function font(unit) {
  return `600 ${12 * unit}px system-ui, sans-serif`;
}
