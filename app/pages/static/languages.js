// One request as a program: each language takes its address and the request, and gives the text.
// A request is {headers, body: text} or {file: name}, a file that is posted as a form's `image`.

const INLINE = 20_000; // characters: a longer body is read from a file, for a command line has its limits
const BODY_FILE = "request.json";

// What a request needs beside its text: the file's name and content, or null.
export function fileOf({ body, file }) {
  if (file !== undefined) return { name: file, content: body.get("image") };
  return body.length > INLINE ? { name: BODY_FILE, content: new Blob([body]) } : null;
}

export function curl(url, request) {
  const { headers, body, file } = request;
  const parts = [`curl ${shell(url)}`];
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${shell(`${name}: ${value}`)}`);
  if (file !== undefined) parts.push(`-F ${shell(`image=@"${file.replaceAll(/["\\]/g, "\\$&")}"`)}`);
  else if (fileOf(request)) parts.push(`--data-binary @${BODY_FILE}`);
  else parts.push(`--data-raw ${shell(body)}`);
  return parts.join(" \\\n  ");
}

export function python(url, request) {
  const { headers, body, file } = request;
  const post = (members) => ["requests.post(", ...[JSON.stringify(url), ...members].map((line) => `    ${line},`), ")"];
  const lines = ["import requests  # pip install requests", ""];
  if (file !== undefined) {
    lines.push(...within(file, post([`files={"image": file}`])));
  } else if (fileOf(request)) {
    lines.push(...within(BODY_FILE, post([`data=file`, `headers=${JSON.stringify(headers)}`])));
  } else {
    lines.push(...assigned(post([`json=${pythonLiteral(body)}`])));
  }
  return [...lines, "print(reply.json())"].join("\n");
}

export function javascript(url, request) {
  const { headers, body, file } = request;
  const lines = [];
  const options = [`method: "POST"`];
  if (file !== undefined) {
    const name = JSON.stringify(file);
    lines.push(`import { openAsBlob } from "node:fs"; // Node 20`, "", "const form = new FormData();");
    lines.push(`form.append("image", await openAsBlob(${name}), ${name});`);
    options.push("body: form");
  } else {
    options.push(`headers: ${JSON.stringify(headers)}`);
    if (fileOf(request)) {
      lines.push(`import { readFile } from "node:fs/promises";`, "");
      options.push(`body: await readFile(${JSON.stringify(BODY_FILE)})`);
    } else {
      options.push(`body: ${isExact(body) ? `JSON.stringify(${body})` : JSON.stringify(body)}`);
    }
  }
  lines.push(`const reply = await fetch(${JSON.stringify(url)}, {`, ...options.map((line) => `  ${line},`), "});");
  return [...lines, "console.log(JSON.stringify(await reply.json(), null, 2));"].join("\n");
}

// For a POSIX shell, where nothing is special within single quotes but the quote itself.
function shell(text) {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function within(file, [first, ...rest]) {
  return [`with open(${JSON.stringify(file)}, "rb") as file:`, ...assigned([first, ...rest]).map((line) => `    ${line}`)];
}

function assigned([first, ...rest]) {
  return [`reply = ${first}`, ...rest];
}

// JSON's texts and numbers are Python's as well; its three words are not.
function pythonLiteral(json) {
  const words = { true: "True", false: "False", null: "None" };
  return json.replaceAll(/"(?:[^"\\]|\\.)*"|\b(?:true|false|null)\b/g, (token) => words[token] ?? token);
}

// Whether JavaScript holds every number of a text as it stands there: beyond 2^53 it rounds.
function isExact(json) {
  const numbers = json.replaceAll(/"(?:[^"\\]|\\.)*"/g, "").match(/-?\d+(\.\d+)?([eE][+-]?\d+)?/g) ?? [];
  return numbers.every((number) => !/^-?\d+$/.test(number) || Number.isSafeInteger(Number(number)));
}
