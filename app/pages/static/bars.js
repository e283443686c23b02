// Predictions for each category, as bars with their numbers.

import { svg } from "./plot.js";
import { worded } from "./series.js";

// data: {texts of the categories, kind, series, unit, now}. The category that the form has is marked.
export function drawBars(place, data) {
  const { texts, kind, series } = data;
  const scale = { kind, unit: data.unit, reach: reach(series, kind) };
  const flat = series.length === 1 && kind !== "label";
  const rows = texts.map((text, at) => {
    const row = flat ? bar(text || "missing", series[0].values[at], scale) : group(text, at, series, scale);
    if (text === data.now) row.ariaCurrent = "true";
    return row;
  });
  const list = make("ul", "", flat ? "bars flat" : "groups");
  list.append(...rows);
  place.replaceChildren(list);
}

// A category with a bar for each thing that is predicted, or with the label that it gets.
function group(text, at, series, scale) {
  const told = series.filter(({ values }) => scale.kind !== "label" || values[at] !== null);
  const list = make("ul", "", "bars");
  list.append(...told.map(({ name, values }) => bar(name, values[at], scale)));
  const element = make("li", "", "group");
  element.append(make("p", text || "missing", "name"), list);
  return element;
}

function bar(name, value, { kind, unit, reach: [low, high] }) {
  const row = make("li", "", "");
  row.append(make("span", name, "label"));
  if (kind === "label") return row;
  const share = (number) => (100 * (number - low)) / (high - low);
  const [from, to] = [Math.min(0, value ?? 0), Math.max(0, value ?? 0)];
  const track = svg("rect", { class: "track", width: "100%", height: "100%" });
  const fill = svg("rect", { class: "fill", x: `${share(from)}%`, width: `${share(to) - share(from)}%`, height: "100%" });
  const amount = kind === "share" ? worded(value, kind) : `${worded(value, kind)} ${unit}`.trim();
  row.append(svg("svg", { "aria-hidden": "true" }, track, fill), make("span", amount, "value"));
  return row;
}

// From the least value to the greatest, and zero with them: a bar's length then says how much.
function reach(series, kind) {
  if (kind === "share") return [0, 1];
  const values = series.flatMap((each) => each.values).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  return low === high ? [0, 1] : [low, high];
}

function make(tag, text, className) {
  return Object.assign(document.createElement(tag), { textContent: text, className });
}
