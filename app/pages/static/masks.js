// Masks as pixels.

import { channels, colorOf } from "./colors.js";

const OPACITY = 0.55;
const LARGEST_OVERLAY = 2048; // pixels: finer masks than a screen shows would only take memory

// All masks at once, and which instance each of their pixels belongs to. Null for a detector, which has none.
export function paintMasks(found, colors) {
  if (!found.masks.length) return null;
  const [height, width] = found.mask_shape;
  const scale = Math.min(1, LARGEST_OVERLAY / Math.max(height, width));
  const image = new ImageData(Math.ceil(width * scale), Math.ceil(height * scale));
  const owners = new Uint16Array(image.width * image.height);
  found.masks.forEach((mask, index) => {
    const pixel = pixelOf(colorOf(found, colors, index));
    eachPixel(mask, (row, column) => {
      const at = Math.floor(row * scale) * image.width + Math.floor(column * scale);
      image.data.set(pixel, 4 * at);
      owners[at] = index + 1;
    });
  });
  return { canvas: canvasOf(image), owners, scale };
}

// One mask within its box.
export function paintMask(mask, [left, top, right, bottom], color) {
  const image = new ImageData(Math.max(1, right - left), Math.max(1, bottom - top));
  const pixel = pixelOf(color);
  eachPixel(mask, (row, column) => image.data.set(pixel, 4 * ((row - top) * image.width + column - left)));
  return canvasOf(image);
}

// COCO's run lengths: column by column, zeros and ones in turn, zeros first.
export function eachPixel({ size: [height], counts }, visit) {
  let position = 0;
  counts.forEach((run, index) => {
    const end = position + run;
    if (index % 2) for (let at = position; at < end; at += 1) visit(at % height, Math.floor(at / height));
    position = end;
  });
}

function canvasOf(image) {
  const canvas = new OffscreenCanvas(image.width, image.height);
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

function pixelOf(color) {
  return [...channels(color), Math.round(255 * OPACITY)];
}
