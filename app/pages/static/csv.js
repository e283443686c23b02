// CSV as RFC 4180 has it, in pieces of any length. A field stays as it stands in the text, with its quotes.

import { breathe } from "./breath.js";

// A field, and what ends it. A quote within a field that does not begin with one is a character as any other.
const FIELD = /("[^"]*(?:""[^"]*)*"|[^",\r\n][^,\r\n]*|)(,|\r\n|\n|\r|$)/y;
const LONGEST = 1_000_000; // characters of a record: more is a quote that was left open

export class CsvError extends Error {}

// The records of a file, some at a time, each an array of its fields.
export async function* readCsv(file) {
  const reader = new RecordReader();
  const pieces = file.stream().pipeThrough(new TextDecoderStream("utf-8", { fatal: true })).getReader();
  try {
    for (let done = false; !done; await breathe()) {
      const piece = await pieces.read();
      done = piece.done;
      yield reader.read(piece.value ?? "", done);
    }
  } catch (error) {
    throw explained(error, reader.number);
  } finally {
    pieces.cancel().catch(() => {}); // it may have failed already
  }
}

export class RecordReader {
  constructor() {
    Object.assign(this, { rest: "", number: 1, blank: 0 });
  }

  // The records that this piece completes; the last piece completes what is left. An empty line is a record without
  // fields, and none where only empty lines follow.
  read(piece, last = false) {
    const text = this.rest + piece;
    const records = [];
    let at = 0;
    while (at < text.length) {
      const record = recordAt(text, at, last);
      if (!record) break;
      at = record.end;
      this.keep(record.fields, records);
    }
    this.rest = text.slice(at);
    if (this.rest && (last || this.rest.length > LONGEST)) throw new CsvError(quoting(this.number));
    return records;
  }

  keep(fields, records) {
    this.number += 1;
    if (fields.length === 1 && fields[0] === "") {
      this.blank += 1;
      return;
    }
    for (; this.blank; this.blank -= 1) records.push([]);
    records.push(fields);
  }
}

// null where the text does not hold the whole record, or where nothing that follows could complete it.
function recordAt(text, start, last) {
  const fields = [];
  FIELD.lastIndex = start;
  for (;;) {
    const match = FIELD.exec(text);
    if (!match) return null;
    const [, field, ending] = match;
    const end = FIELD.lastIndex;
    fields.push(field);
    if (ending === ",") continue;
    // A piece may end within a field, and between the two characters that end a line.
    const open = ending === "" || (ending === "\r" && end === text.length);
    return open && !last ? null : { fields, end };
  }
}

// What a field says.
export function plain(field) {
  return field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field;
}

// A text as a field.
export function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function quoting(number) {
  return `Row ${number} has a quote that is not closed, or text behind a closing quote.`;
}

function explained(error, number) {
  if (error instanceof CsvError) return error;
  if (error instanceof TypeError) return new CsvError(`The file is not UTF-8, somewhere from row ${number} on. Save it as “CSV UTF-8”.`);
  return new CsvError(`The file can no longer be read: ${error.message}`);
}
