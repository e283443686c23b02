// Colours of classes, and what can be read on them.

export function colorOf(found, colors, index) {
  return colors[found.class_ids[index] % colors.length];
}

export function channels(color) {
  return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
}

// Black or white, whichever contrasts more: relative luminance as WCAG 2 defines it, 0.179 being the even point.
export function readableOn(color) {
  const [red, green, blue] = channels(color).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "black" : "white";
}
