// A reply to several rows, as one series of values for each thing that it tells: a class's probability, a number,
// or, where a model names a label and no more, in which rows it does so.

import { classOf } from "./labels.js";
import { percentage, shown } from "./result.js";

const MOST = 10;

// {kind: "share" | "number" | "label", series: [{name, index, values}]}; `index` keeps a series its colour.
export function seriesOf({ predictions, probabilities }, task) {
  if (probabilities) return { kind: "share", series: likeliest(columns(probabilities)) };
  if (predictions[0] !== null && typeof predictions[0] === "object") {
    return { kind: "number", series: columns(predictions).filter(isNumeric).slice(0, MOST) };
  }
  if (task === "regression") return { kind: "number", series: [{ name: "", index: 0, values: predictions }] };
  const labels = [...new Set(predictions.map(String))].sort().slice(0, MOST);
  const lane = (label, at) => predictions.map((value) => (String(value) === label ? at : null));
  return { kind: "label", series: labels.map((name, index) => ({ name, index, values: lane(name, index) })) };
}

// What one answer says: the values of its series by name, and the label that it gives, if it gives one.
export function told({ predictions: [prediction], probabilities }) {
  if (probabilities) return { kind: "share", label: classOf(prediction, probabilities[0]), values: probabilities[0] };
  if (prediction !== null && typeof prediction === "object") return { kind: "number", values: prediction };
  return { label: String(prediction), values: { "": prediction } };
}

export function worded(value, kind) {
  if (kind === "label") return value === null ? "" : "✓";
  return kind === "share" ? percentage(100 * value) : shown(value);
}

function isNumeric({ values }) {
  return values.every((value) => value === null || typeof value === "number");
}

function columns(rows) {
  return Object.keys(rows[0]).map((name, index) => ({ name, index, values: rows.map((row) => row[name]) }));
}

function likeliest(all) {
  const peak = ({ values }) => Math.max(...values);
  const kept = new Set([...all].sort((one, other) => peak(other) - peak(one)).slice(0, MOST));
  return all.filter((each) => kept.has(each));
}
