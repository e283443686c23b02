// Pixels as a row of a JSON request.

const LOSSLESS = 64; // pixels along the longer side, up to which nothing may be lost
const QUALITY = 0.9;

// grid: {height, width, low, high} of the numbers that a model takes, or null where it takes pictures.
export async function encodeRow(canvas, grid) {
  return grid ? JSON.stringify(readGrid(canvas, grid)) : JSON.stringify({ b64: await base64(canvas) });
}

function readGrid(canvas, { height, width, low, high }) {
  const context = new OffscreenCanvas(width, height).getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(canvas, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const value = (x, y) => low + (data[4 * (y * width + x)] * (high - low)) / 255;
  return Array.from({ length: height }, (_, y) => Array.from({ length: width }, (_, x) => value(x, y)));
}

async function base64(canvas) {
  const type = Math.max(canvas.width, canvas.height) <= LOSSLESS ? "image/png" : "image/jpeg";
  const blob = await canvas.convertToBlob({ type, quality: QUALITY });
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
