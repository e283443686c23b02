// The result's panel: fills the skeleton that result.html left, one way for each task.

import { Downloads } from "./downloads.js";
import { InstancesView } from "./instances.js";
import { classOf } from "./labels.js";

const LONG = 1000; // ms
const ASKING = "Asking.";

export class ResultView {
  constructor(panel) {
    this.panel = panel;
    this.said = panel.querySelector("#said");
    this.colors = panel.dataset.colors.split(" ");
    this.instances = panel.querySelector("#drawn") && new InstancesView(panel, this.colors);
    this.downloads = new Downloads(panel.querySelector("#downloads"), () => this.instances.png());
  }

  // While an answer is awaited the old one fades; nothing jumps. Who hears the page is told when it takes long.
  await(waiting) {
    this.panel.setAttribute("aria-busy", waiting);
    clearTimeout(this.timer);
    if (waiting) this.timer = setTimeout(() => this.say(ASKING), LONG);
    else if (this.said.textContent === ASKING) this.say("");
  }

  show(answer, bitmap, quiet = false) {
    this.slot("empty").hidden = true;
    this.slot("filled").hidden = false;
    const said = this[this.way(answer)](answer, bitmap);
    this.slot("answer").textContent = said;
    if (!quiet) this.say(said);
    this.downloads.offer(answer);
    this.slot("version").textContent = answer.version;
    this.slot("time").textContent = `${Math.round(answer.milliseconds)} ms`;
    this.slot("request").hidden = !answer.requestId;
    this.slot("request-id").textContent = answer.requestId ?? "";
  }

  // Which method shows it: the task's own, where it has one and the answer is not several values by name.
  way({ predictions: [value] }) {
    const { task } = this.panel.dataset;
    if (this.instances) return "segmentation";
    if (value !== null && typeof value === "object") return "several";
    return ["classification", "regression"].includes(task) ? task : "label";
  }

  // After a refusal an older answer would pass for the new one.
  clear() {
    this.slot("empty").hidden = false;
    this.slot("filled").hidden = true;
    this.say("");
  }

  say(text) {
    this.said.textContent = text;
  }

  slot(name, root = this.panel) {
    return root.querySelector(`[data-slot="${name}"]`);
  }

  classification({ predictions: [label], probabilities }) {
    const best = classOf(label, probabilities?.[0]);
    const all = Object.entries(probabilities?.[0] ?? {});
    const likeliest = [...all].sort((one, other) => other[1] - one[1]).slice(0, this.panel.dataset.maxBars);
    const kept = new Set(likeliest.map(([name]) => name));
    // In the order of the reply, which is the model's own: JavaScript moves names that are numbers up front, in order.
    const bars = all.filter(([name]) => kept.has(name)).map(([name, share]) => this.bar(name, share, name === best));
    this.slot("bars").replaceChildren(...bars);
    return best;
  }

  bar(name, share, best) {
    const row = this.clone("bar-row");
    row.classList.toggle("best", best);
    this.slot("label", row).textContent = name;
    this.slot("value", row).textContent = percentage(100 * share);
    this.slot("fill", row).setAttribute("width", `${100 * share}%`);
    return row;
  }

  regression({ predictions: [value] }) {
    const scale = this.panel.querySelector(".scale");
    if (scale && value !== null) {
      const { minimum, maximum } = scale.dataset;
      const share = (value - minimum) / (maximum - minimum);
      this.slot("marker").setAttribute("cx", `${100 * Math.min(1, Math.max(0, share))}%`);
      this.slot("beyond").hidden = share >= 0 && share <= 1;
    }
    return shown(value);
  }

  several({ predictions: [values] }) {
    return Object.entries(values).map(([name, value]) => `${name} ${shown(value)}`).join(", ");
  }

  label({ predictions: [label] }) {
    return String(label);
  }

  segmentation({ predictions: [found] }, bitmap) {
    this.instances.show(bitmap, found);
    const rows = Object.entries(found.object_counts).sort((one, other) => other[1] - one[1]);
    this.slot("counts").replaceChildren(...rows.map(([name, count]) => this.count(name, count, found)));
    const said = `${found.boxes.length} found`;
    const listed = rows.map(([name, count]) => `${count} × ${name}`).join(", ");
    this.instances.canvas.setAttribute("aria-label", `The picture with ${said}${listed && `: ${listed}`}`);
    return said;
  }

  count(name, count, { class_names, class_ids }) {
    const row = this.clone("count-row");
    this.slot("label", row).textContent = name;
    this.slot("value", row).textContent = count;
    this.slot("color", row).setAttribute("fill", this.colors[class_ids[class_names.indexOf(name)] % this.colors.length]);
    return row;
  }

  clone(template) {
    return this.panel.querySelector(`#${template}`).content.cloneNode(true).firstElementChild;
  }
}

export function shown(value) {
  if (value === null) return "not a number";
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value);
}

// The same words as `percentage` in results.py.
export function percentage(percent) {
  if (percent > 0 && percent < 0.1) return "< 0.1 %";
  if (percent > 99.9 && percent < 100) return "> 99.9 %";
  return `${percent.toFixed(1)} %`;
}
