// A CSV file to be scored: looked through once, then asked about in chunks of its rows.

import { CsvError, plain, quoted, readCsv, RecordReader } from "./csv.js";
import { placed } from "./form.js";

const CHUNK = 2000; // rows
const LARGEST = 1_000_000; // characters of a chunk
const OF_THE_INPUT = new Set([400, 413, 422, 500]); // statuses for which a chunk's rows may be to blame
const ALONE = 20; // rows refused by themselves without a row being named: then it is not for the rows

export class Table {
  // columns: how many the model has; ask: text of CSV -> the reply's text of CSV.
  constructor(file, columns, ask) {
    Object.assign(this, { file, columns, ask, unit: "row", numbering: "The header is row 1.", total: 0, alone: 0 });
  }

  get name() {
    return this.file.name.replace(/(\.csv)?$/i, "-scored.csv");
  }

  // Nothing is asked about a file that cannot be read to its end, nor about rows under a header that does not fit.
  async open(signal) {
    let header;
    for await (const records of readCsv(this.file)) {
      signal.throwIfAborted();
      header ??= records[0];
      this.total += records.length;
    }
    if (!header?.length) throw new CsvError("The file's first line is empty; it must name the columns.");
    this.header = header;
    this.total -= 1;
    checkSeparator(header);
    const [answered] = read(await this.ask(header.join(",")));
    this.answers = answered.slice(this.columns);
    this.names = [...this.header, ...freeNames([...this.answers, "error"], this.header)];
    this.mark = await byteOrderMark(this.file);
  }

  // Chunk by chunk, in the file's order. A row's number is a spreadsheet's: the header is row 1.
  async *outcomes() {
    let number = 0;
    let size = 0;
    let chunk = [];
    for await (const records of readCsv(this.file)) {
      for (const fields of records) {
        number += 1;
        if (number === 1) continue;
        chunk.push(this.row(number, fields));
        size += fields.reduce((sum, field) => sum + field.length + 1, 0);
        if (chunk.length < CHUNK && size < LARGEST) continue;
        yield await this.scored(chunk);
        [chunk, size] = [[], 0];
      }
    }
    if (chunk.length) yield await this.scored(chunk);
  }

  row(number, fields) {
    const width = this.header.length;
    if (fields.length === width) return { number, inputs: fields, answers: null, error: "" };
    const inputs = Array.from({ length: width }, (_, index) => fields[index] ?? "");
    return { number, inputs, answers: null, error: misfit(fields, width) };
  }

  async scored(rows) {
    await this.score(rows.filter(({ error }) => !error));
    return rows;
  }

  // Rows that are refused by name are marked, and the others are asked about again. Where none is named the rows are
  // halved until one stands alone.
  async score(rows) {
    if (!rows.length) return;
    try {
      this.fill(rows, await this.ask([this.header, ...rows.map(({ inputs }) => inputs)].map((fields) => fields.join(",")).join("\n")));
    } catch (error) {
      if (!OF_THE_INPUT.has(error.status)) throw error;
      const named = error.errors.filter(({ row }) => row in rows);
      for (const problem of named) blame(rows[problem.row], placed(problem));
      if (named.length) await this.score(rows.filter((row) => !row.error));
      else await this.halve(rows, error);
    }
  }

  async halve(rows, error) {
    if (rows.length === 1) {
      this.alone += 1;
      if (this.alone > ALONE) throw error;
      blame(rows[0], error.message);
      return;
    }
    const middle = rows.length >> 1;
    await this.score(rows.slice(0, middle));
    await this.score(rows.slice(middle));
  }

  fill(rows, text) {
    const [, ...records] = read(text);
    if (records.length !== rows.length) throw new CsvError(`The service answered ${rows.length} rows with ${records.length}.`);
    rows.forEach((row, index) => (row.answers = records[index].slice(this.columns)));
  }
}

function read(text) {
  return new RecordReader().read(text, true);
}

function blame(row, said) {
  row.error = row.error ? `${row.error}; ${said}` : said;
}

// The same words as the service's own.
function misfit(fields, width) {
  if (!fields.length) return "the line is empty";
  const left = fields.length > width ? `; left out here: ${fields.slice(width).join(",")}` : "";
  return `the row has ${fields.length} ${fields.length === 1 ? "field" : "fields"}; accepted: ${width}, as the header has${left}`;
}

function checkSeparator([first, ...others]) {
  const found = { ";": "semicolons", "\t": "tabs" };
  const separator = Object.keys(found).find((each) => plain(first).includes(each));
  if (!others.length && separator) {
    throw new CsvError(`The columns of this file are separated by ${found[separator]}. Save it with commas.`);
  }
}

// As the service names a column that the file has already.
function freeNames(names, header) {
  const taken = new Set(header.map(plain));
  return names.map((name) => {
    let free = plain(name);
    while (taken.has(free)) free = `predicted_${free}`;
    taken.add(free);
    return quoted(free);
  });
}

// Some spreadsheets tell UTF-8 by it alone, so a file that came with one leaves with one.
async function byteOrderMark(file) {
  const [first, second, third] = new Uint8Array(await file.slice(0, 3).arrayBuffer());
  return first === 0xef && second === 0xbb && third === 0xbf ? "\ufeff" : "";
}
