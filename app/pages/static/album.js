// Many pictures to be asked about one by one, out of files and ZIP archives.

import { quoted } from "./csv.js";
import { placed } from "./form.js";
import { classOf } from "./labels.js";
import { readZip, FileError } from "./zip.js";

const AT_ONCE = 2;
const OF_THE_INPUT = new Set([400, 413, 415, 422, 500]); // statuses for which the picture may be to blame
const FINDS = ["segmentation", "detection"];

export class Album {
  // target: what is predicted, in a word; ask: a file -> the service's answer.
  constructor(files, { task, target, model }, ask) {
    Object.assign(this, { files, task, ask, unit: "picture", numbering: "", pictures: [], folders: 0, hidden: 0 });
    this.name = `${model}-pictures.csv`;
    this.header = ["file"];
    this.answers = FINDS.includes(task) ? ["found", "counts"] : task === "classification" ? [target, "probability"] : [target];
    this.names = [...this.header, ...this.answers.map(quoted), "error"];
  }

  get total() {
    return this.pictures.length;
  }

  async open(signal) {
    for (const file of this.files) {
      if (isZip(file)) this.addEntries(file.name, await readZip(file));
      else this.pictures.push({ name: file.name, bytes: () => file.arrayBuffer() });
      signal.throwIfAborted();
    }
    if (!this.total) throw new FileError(`There is no file to ask about. ${this.note}`);
  }

  addEntries(archive, entries) {
    for (const { name, bytes } of entries) {
      if (name.endsWith("/")) this.folders += 1;
      else if (isHidden(name)) this.hidden += 1;
      else this.pictures.push({ name: `${archive}/${name}`, bytes });
    }
  }

  // What was left out, in words.
  get note() {
    const left = [counted(this.folders, "folder"), counted(this.hidden, "hidden file")].filter(Boolean);
    return left.length ? `Skipped in the ZIP: ${left.join(" and ")}.` : "";
  }

  // One by one, in order, while the next is already under way.
  async *outcomes() {
    const underWay = [];
    for (const [index, picture] of this.pictures.entries()) {
      underWay.push(this.outcome(index + 1, picture));
      underWay.at(-1).catch(() => {}); // it is awaited below, or an earlier one has ended it all
      if (underWay.length === AT_ONCE) yield [await underWay.shift()];
    }
    for (const outcome of underWay) yield [await outcome];
  }

  async outcome(number, { name, bytes }) {
    const inputs = [quoted(name)];
    try {
      const answer = await this.ask(new File([await content(bytes)], name));
      return { number, inputs, answers: this.fields(answer), error: "" };
    } catch (error) {
      if (!(error instanceof FileError) && !OF_THE_INPUT.has(error.status)) throw error;
      return { number, inputs, answers: null, error: saidOf(error) };
    }
  }

  fields({ predictions: [first], probabilities }) {
    if (FINDS.includes(this.task)) return [String(first.boxes.length), quoted(counts(first))];
    const said = quoted(typeof first === "object" ? JSON.stringify(first) : String(first));
    return this.task === "classification" ? [said, String(probabilities?.[0][classOf(first, probabilities[0])] ?? "")] : [said];
  }
}

export function isZip({ name, type }) {
  return /\.zip$/i.test(name) || /zip/.test(type);
}

// Folders that were dropped, and files that are gone, look like files until they are read.
async function content(bytes) {
  try {
    return await bytes();
  } catch (error) {
    throw error instanceof FileError ? error : new FileError("the file cannot be read");
  }
}

function saidOf({ message, errors = [] }) {
  return errors.map(placed).join("; ") || message;
}

// macOS's own notes beside each file, and whatever a system keeps out of sight.
function isHidden(name) {
  return name.startsWith("__MACOSX/") || name.split("/").at(-1).startsWith(".");
}

function counts({ object_counts }) {
  return Object.entries(object_counts).map(([name, count]) => `${count} × ${name}`).join(", ");
}

function counted(count, noun) {
  return count ? `${count} ${noun}${count === 1 ? "" : "s"}` : "";
}
