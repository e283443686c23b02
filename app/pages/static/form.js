// The form: what is typed in it as a JSON row, and each complaint at its field.

// As forms and CSV have it: JSON is stricter about signs, zeros and points.
const NUMBER = /^([+-]?)0*(?:(\d+)\.?(\d*)|\.(\d+))([eE][+-]?\d+)?$/;

const OF_THE_INPUT = new Set([400, 413, 415, 422]);

export class Form {
  constructor(element) {
    this.element = element;
    this.inputs = [...element.querySelectorAll("[data-dtype]")];
    this.problems = element.querySelector("#problems");
    for (const input of this.inputs) input.addEventListener("input", () => noteRange(input));
    // Once the browser has filled in again what stood there, on the way back.
    window.addEventListener("pageshow", () => this.inputs.forEach(noteRange));
  }

  fillExample() {
    for (const input of this.inputs) {
      input.value = input.dataset.example;
      noteRange(input);
    }
    this.element.dispatchEvent(new Event("fill"));
  }

  get isBlank() {
    return this.inputs.every((input) => !input.value);
  }

  // By attribute: a column may be called `dataset`, and a form shows its inputs under their names.
  get path() {
    return this.element.getAttribute("data-path");
  }

  request() {
    return jsonRequest(this.row());
  }

  // The row as JSON; `instead` has other texts for some of the fields, by name.
  row(instead = {}) {
    const value = (input) => literal(input, Object.hasOwn(instead, input.name) ? instead[input.name] : input.value);
    if (this.element.getAttribute("data-kind") !== "table") return value(this.inputs[0]);
    return `{${this.inputs.map((input) => `${JSON.stringify(input.name)}: ${value(input)}`).join(", ")}}`;
  }

  clearErrors() {
    this.problems.replaceChildren();
    this.problems.hidden = true;
    for (const row of this.element.querySelectorAll("[data-field]")) mark(row, "");
  }

  // Problems that name a field stand there, and so do all of the input where there is one field; the others stand above
  // the form. The first takes the focus, unless the person is still at work on another field.
  showErrors(refusal, quiet = false) {
    this.clearErrors();
    const rows = new Map([...this.element.querySelectorAll("[data-field]")].map((row) => [row.dataset.field, row]));
    const only = rows.size === 1 && OF_THE_INPUT.has(refusal.status) ? rows.values().next().value : undefined;
    const loose = [];
    const problems = refusal.errors.length ? refusal.errors : [{ detail: refusal.message }];
    for (const problem of problems) {
      const row = rows.get(problem.field) ?? only;
      if (row) mark(row, [row.querySelector(".error").textContent, sentence(problem)].filter(Boolean).join("; "));
      else loose.push(placed(problem));
    }
    this.problems.replaceChildren(...loose.map(paragraph));
    this.problems.hidden = !loose.length;
    if (!quiet) (this.element.querySelector("[aria-invalid]") ?? this.problems).focus();
  }
}

export function jsonRequest(row) {
  return { headers: { "Content-Type": "application/json" }, body: `{"instances": [${row}]}` };
}

// A problem with the name that its place has in the request.
export function placed(problem) {
  return problem.field === undefined ? sentence(problem) : `${problem.field}: ${sentence(problem)}`;
}

// The same words as `sentence` in forms.py.
function sentence({ detail, did_you_mean, accepted }) {
  if (did_you_mean !== undefined) return `${detail}; did you mean ${did_you_mean}?`;
  return accepted === undefined ? detail : `${detail}; accepted: ${accepted}`;
}

// What does not read as its type is sent as the text that it is: the service says what is wrong with it.
function literal({ dataset, tagName }, value) {
  const text = value.trim();
  const isFreeText = tagName === "TEXTAREA" && dataset.dtype === "string" && !("optional" in dataset);
  if (text === "" && !isFreeText) return "null";
  if (dataset.dtype === "string") return JSON.stringify(value);
  if (dataset.dtype === "bool") return isBoolean(text) ? text : JSON.stringify(value);
  if (dataset.dtype === "json") return isJson(text) ? text : JSON.stringify(value);
  return number(text) ?? JSON.stringify(value);
}

// In the digits that were typed: parsed and printed again, a long number would change.
function number(text) {
  const parts = NUMBER.exec(text);
  if (!parts || !Number.isFinite(Number(text))) return null; // JSON has no number that is too large
  const [, sign, whole = "0", fraction = "", alone = "", exponent = ""] = parts;
  const digits = fraction || alone;
  return `${sign === "-" ? "-" : ""}${whole}${digits && `.${digits}`}${exponent}`;
}

function isBoolean(text) {
  return text === "true" || text === "false";
}

function isJson(text) {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function mark(row, text) {
  const error = row.querySelector(".error");
  error.textContent = text;
  error.hidden = !text;
  const input = row.querySelector("input, select, textarea");
  if (text) input.setAttribute("aria-invalid", "true");
  else input.removeAttribute("aria-invalid");
}

// A value beyond the training data is allowed, and worth a word.
function noteRange(input) {
  const { minimum, maximum } = input.dataset;
  const value = Number.parseFloat(input.value);
  const beyond = Boolean(minimum && maximum) && (value < Number(minimum) || value > Number(maximum));
  input.closest(".field").classList.toggle("beyond", beyond);
}

function paragraph(text) {
  const element = document.createElement("p");
  element.textContent = text;
  return element;
}
