// The form: what is typed in it as a JSON row, and each complaint at its field.

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

export class Form {
  constructor(element) {
    this.element = element;
    this.inputs = [...element.querySelectorAll("[data-dtype]")];
    this.problems = element.querySelector("#problems");
    for (const input of this.inputs) input.addEventListener("input", () => noteRange(input));
    this.inputs.forEach(noteRange);
  }

  fillExample() {
    for (const input of this.inputs) {
      input.value = input.dataset.example;
      noteRange(input);
    }
  }

  // A number goes out in the digits that were typed: parsed and printed again, a long one would change.
  request() {
    const kind = this.element.dataset.kind;
    const members = this.inputs.map((input) => `${JSON.stringify(input.name)}: ${literal(input)}`);
    return jsonRequest(kind === "table" ? `{${members.join(", ")}}` : literal(this.inputs[0]));
  }

  clearErrors() {
    this.problems.replaceChildren();
    this.problems.hidden = true;
    for (const row of this.element.querySelectorAll("[data-field]")) mark(row, "");
  }

  // Problems that name a field stand there, all others above the form. The first bad field takes the focus.
  showErrors(refusal) {
    this.clearErrors();
    const rows = new Map([...this.element.querySelectorAll("[data-field]")].map((row) => [row.dataset.field, row]));
    const loose = [];
    for (const problem of refusal.errors) {
      const row = rows.get(problem.field);
      if (row) mark(row, [row.querySelector(".error").textContent, sentence(problem)].filter(Boolean).join("; "));
      else loose.push(problem.field === undefined ? sentence(problem) : `${problem.field}: ${sentence(problem)}`);
    }
    if (!refusal.errors.length) loose.push(refusal.message);
    this.problems.replaceChildren(...loose.map(paragraph));
    this.problems.hidden = !loose.length;
    this.element.querySelector("[aria-invalid]")?.focus();
  }
}

export function jsonRequest(row) {
  return { headers: { "Content-Type": "application/json" }, body: `{"instances": [${row}]}` };
}

// The same words as `sentence` in forms.py.
function sentence({ detail, did_you_mean, accepted }) {
  if (did_you_mean !== undefined) return `${detail}; did you mean ${did_you_mean}?`;
  return accepted === undefined ? detail : `${detail}; accepted: ${accepted}`;
}

// What does not read as its type is sent as the text that it is: the service says what is wrong with it.
function literal({ value, dataset, tagName }) {
  const text = value.trim();
  if (text === "" && (tagName === "SELECT" || dataset.dtype !== "string")) return "null";
  const bare = { string: () => false, bool: isBoolean, json: isJson }[dataset.dtype] ?? isNumber;
  return bare(text) ? text : JSON.stringify(value);
}

function isNumber(text) {
  return JSON_NUMBER.test(text);
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
