// A picture with the masks, boxes and labels of its instances, redrawn whenever its place changes width.

const OPACITY = 0.55;
const LARGEST_OVERLAY = 2048; // finer masks than a screen shows would only take memory
const TALLEST = 0.75; // of the window

export class InstancesView {
  constructor(place, colors) {
    this.place = place;
    this.canvas = place.querySelector("canvas");
    this.colors = colors;
    let width = 0;
    new ResizeObserver(() => {
      if (width !== place.clientWidth) this.draw();
      width = place.clientWidth;
    }).observe(place);
  }

  show(bitmap, found) {
    this.bitmap = bitmap;
    this.found = found;
    this.overlay = paintMasks(found, (index) => this.color(index));
    this.place.querySelector("img")?.remove();
    this.canvas.hidden = false;
    this.draw();
  }

  color(index) {
    return this.colors[this.found.class_ids[index] % this.colors.length];
  }

  draw() {
    if (!this.bitmap || !this.place.clientWidth) return;
    const [height, width] = this.found.mask_shape;
    const shown = Math.min(this.place.clientWidth, (TALLEST * window.innerHeight * width) / height);
    const scale = (shown * window.devicePixelRatio) / width;
    this.canvas.width = Math.round(width * scale);
    this.canvas.height = Math.round(height * scale);
    this.canvas.style.width = `${shown}px`;
    const context = this.canvas.getContext("2d");
    context.fillStyle = "white"; // the service lays transparency on white
    context.fillRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.bitmap, 0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.overlay, 0, 0, this.canvas.width, this.canvas.height);
    const boxes = this.found.boxes.map((box) => box.map((edge) => edge * scale));
    const labels = this.labels(context, boxes);
    boxes.forEach((box, index) => drawInstance(context, box, labels[index], this.color(index)));
  }

  // With their scores where none then runs into its neighbours, else without.
  labels(context, boxes) {
    const { class_names: names, scores } = this.found;
    const scored = names.map((name, index) => `${name}  ${Math.round(scores[index])} %`);
    context.font = font();
    const fits = boxes.every(([left, , right], index) => context.measureText(scored[index]).width <= 1.4 * (right - left));
    return fits ? scored : names;
  }
}

function paintMasks({ masks, mask_shape: [height, width] }, color) {
  const scale = Math.min(1, LARGEST_OVERLAY / Math.max(height, width));
  const overlay = new OffscreenCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
  const context = overlay.getContext("2d");
  const image = context.createImageData(overlay.width, overlay.height);
  masks.forEach((mask, index) => {
    const pixel = [...channels(color(index)), Math.round(255 * OPACITY)];
    eachPixel(mask, (row, column) => {
      image.data.set(pixel, 4 * (Math.floor(row * scale) * overlay.width + Math.floor(column * scale)));
    });
  });
  context.putImageData(image, 0, 0);
  return overlay;
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

function drawInstance(context, [left, top, right, bottom], text, color) {
  const unit = window.devicePixelRatio;
  context.lineWidth = 1.5 * unit;
  context.strokeStyle = color;
  context.strokeRect(left, top, right - left, bottom - top);
  context.font = font();
  context.textBaseline = "middle";
  const width = context.measureText(text).width + 8 * unit;
  const height = 16 * unit;
  const x = Math.max(0, Math.min(left - context.lineWidth / 2, context.canvas.width - width));
  const y = Math.max(0, top - height);
  context.fillStyle = color;
  context.fillRect(x, y, width, height);
  context.fillStyle = readableOn(color);
  context.fillText(text, x + 4 * unit, y + height / 2 + unit / 2);
}

function font() {
  return `600 ${12 * window.devicePixelRatio}px system-ui, sans-serif`;
}

function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

// Black or white, whichever contrasts more: relative luminance as WCAG 2 defines it, 0.179 being the even point.
function readableOn(color) {
  const [red, green, blue] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "black" : "white";
}
