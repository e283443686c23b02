// Predictions over the range of one number, as lines.

import { Plot, svg } from "./plot.js";

const HUES = 5;
const LETTER = 7.2; // a label's character in pixels, on the safe side
const LONGEST = 15; // characters of a label
const LINE = 15; // pixels from one label to the next

// data: {xs, x, y, kind, series, now}; `xs` has null where the value is missing. now: {x, values by series' name}.
export function drawCurve(place, data) {
  const [width, height] = [place.clientWidth, place.clientHeight];
  const labels = data.series.map(({ name }) => short(name));
  const right = 14 + LETTER * Math.max(0, ...labels.map((label) => label.length));
  const missing = data.xs.includes(null);
  const plot = new Plot({ width, height, right, missing, x: widened(data), y: vertical(data) });
  const lines = data.series.map((each) => line(plot, data.xs, each));
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": data.title });
  drawing.append(plot.frame(), ...lines, ...names(plot, data, labels), ...marker(plot, data));
  place.replaceChildren(drawing);
}

// A value that lies still further out is shown where it is.
function widened({ x, now }) {
  const at = Number.isFinite(now?.x) ? [now.x] : [];
  return { ...x, low: Math.min(x.low, ...at), high: Math.max(x.high, ...at) };
}

function vertical({ y, kind, series, now }) {
  if (kind === "share") return { low: 0, high: 1, title: y, format: (share) => `${Math.round(100 * share)} %` };
  if (kind === "label") return { low: -0.5, high: series.length - 0.5, title: y };
  const values = [...series.flatMap((each) => each.values), ...Object.values(now?.values ?? {})].filter(Number.isFinite);
  const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const room = 0.06 * (high - low) || Math.abs(high) * 0.1 || 1;
  return { low: low - room, high: high + room, title: y, format: (value) => String(Number(value.toPrecision(4))) };
}

// With gaps where nothing was predicted. Round caps make a dot of a point that stands alone.
function line(plot, xs, { index, values }) {
  let pen = "M";
  const steps = values.flatMap((value, at) => {
    const x = xs[at];
    if (value === null) pen = "M";
    if (value === null || x === null) return [];
    const step = `${pen}${plot.across(x).toFixed(1)} ${plot.up(value).toFixed(1)}${pen === "M" ? "h0" : ""}`;
    pen = "L";
    return [step];
  });
  const missing = values[xs.indexOf(null)] ?? null;
  const group = svg("g", { class: hue(index) }, svg("path", { d: steps.join("") }));
  if (missing !== null) group.append(svg("circle", { cx: plot.missing, cy: plot.up(missing), r: 3.5 }));
  return group;
}

// At the lines' right ends, pushed apart where they would cover each other.
function names(plot, { xs, kind, series }, labels) {
  const ends = series.map(({ values, index: color }, at) => {
    const last = kind === "label" ? at : values.findLast((value, index) => value !== null && xs[index] !== null) ?? plot.y.low;
    return { y: plot.up(last), label: labels[at], index: color };
  });
  ends.sort((one, other) => one.y - other.y);
  ends.forEach((end, at) => (end.y = Math.max(end.y, at ? ends[at - 1].y + LINE : 0)));
  ends.reverse().forEach((end, at) => (end.y = Math.min(end.y, at ? ends[at - 1].y - LINE : plot.bottom)));
  const text = ({ y, label, index }) => svg("text", { x: plot.right + 8, y: y + 4, class: `name ${hue(index)}` }, label);
  return ends.map(text);
}

function marker(plot, { series, now }) {
  if (!now || now.x === undefined || (now.x === null && !plot.missing)) return [];
  const dots = series.map(({ name, index }) => [now.values[name], index]).filter(([value]) => typeof value === "number");
  const dot = ([value, index]) => svg("circle", { cx: plot.across(now.x), cy: plot.up(value), r: 5, class: `dot ${hue(index)}` });
  return [plot.rule(now.x), ...dots.map(dot)];
}

function hue(index) {
  return `hue-${index % HUES}${index % (2 * HUES) < HUES ? "" : " dashed"}`;
}

function short(name) {
  return name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name;
}
