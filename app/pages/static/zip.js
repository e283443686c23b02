// The files in a ZIP archive, read one by one from its directory at the end (PKWARE's APPNOTE 6.3, section 4.3).
// What the browser inflates it also checks: each stream is given gzip's frame, which carries length and checksum.

const END = 0x06054b50;
const ENTRY = 0x02014b50;
const [END_LENGTH, ENTRY_LENGTH, LOCAL_LENGTH] = [22, 46, 30]; // bytes, of the parts that all have
const LONGEST_COMMENT = 0xffff;
const [STORED, DEFLATED] = [0, 8];
const [ENCRYPTED, UTF8] = [1 << 0, 1 << 11];
const MOST_ENTRIES = 10_000;
const MOST_BYTES = 64 * 2 ** 20; // of one file, unpacked
const MOST_BYTES_TOGETHER = 4 * 2 ** 30;

export class FileError extends Error {}

// The entries of an archive in its order: {name, bytes: what unpacks it}. Raises FileError.
export async function readZip(file) {
  const { count, length, offset } = await readEnd(file);
  if (count > MOST_ENTRIES) throw new FileError(`The ZIP has ${count} files; up to ${MOST_ENTRIES} are read.`);
  const entries = listEntries(await view(file, offset, length), count);
  if (entries.reduce((sum, { size }) => sum + size, 0) > MOST_BYTES_TOGETHER) {
    throw new FileError("The ZIP's files would be larger than 4 GB.");
  }
  return entries.map((entry) => ({ name: entry.name, bytes: () => unpack(file, entry) }));
}

async function readEnd(file) {
  const start = Math.max(0, file.size - END_LENGTH - LONGEST_COMMENT);
  const tail = await view(file, start, file.size - start);
  for (let at = tail.byteLength - END_LENGTH; at >= 0; at -= 1) {
    if (tail.getUint32(at, true) !== END || at + END_LENGTH + tail.getUint16(at + 20, true) !== tail.byteLength) continue;
    const end = { count: tail.getUint16(at + 10, true), length: tail.getUint32(at + 12, true), offset: tail.getUint32(at + 16, true) };
    if (end.offset === 0xffffffff || end.count === 0xffff) throw new FileError("The ZIP is of the 64-bit kind, which is not read here.");
    return end;
  }
  throw new FileError("The file is not a ZIP archive, or its end is missing.");
}

function listEntries(directory, count) {
  const entries = [];
  for (let at = 0; entries.length < count; ) {
    if (at + ENTRY_LENGTH > directory.byteLength || directory.getUint32(at, true) !== ENTRY) {
      throw new FileError("The ZIP's directory is damaged.");
    }
    const [name, extra, comment] = [28, 30, 32].map((field) => directory.getUint16(at + field, true));
    entries.push(entryAt(directory, at, name));
    at += ENTRY_LENGTH + name + extra + comment;
  }
  return entries;
}

function entryAt(directory, at, nameLength) {
  const flags = directory.getUint16(at + 8, true);
  const [crc, packed, size] = [16, 20, 24].map((field) => directory.getUint32(at + field, true));
  const available = Math.min(nameLength, directory.byteLength - at - ENTRY_LENGTH);
  const name = new Uint8Array(directory.buffer, at + ENTRY_LENGTH, available);
  const method = directory.getUint16(at + 10, true);
  return { name: decode(name, flags & UTF8), flags, method, crc, packed, size, offset: directory.getUint32(at + 42, true) };
}

// Archives without the flag mostly have UTF-8 all the same.
function decode(bytes, isUtf8) {
  try {
    return new TextDecoder("utf-8", { fatal: !isUtf8 }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}

async function unpack(file, { flags, method, crc, packed, size, offset }) {
  if (flags & ENCRYPTED) throw new FileError("it is encrypted in the ZIP");
  if (method !== STORED && method !== DEFLATED) throw new FileError("it is packed in a way that is not read here");
  if (size > MOST_BYTES) throw new FileError(`it would be ${Math.round(size / 2 ** 20)} MB; up to ${MOST_BYTES / 2 ** 20} MB are read`);
  const local = await view(file, offset, LOCAL_LENGTH);
  if (local.byteLength < LOCAL_LENGTH) throw new FileError("it is missing from the ZIP");
  const start = offset + LOCAL_LENGTH + local.getUint16(26, true) + local.getUint16(28, true);
  const content = file.slice(start, start + packed);
  return collect(method === STORED ? content.stream() : inflated(content, crc, size), size);
}

function inflated(content, crc, size) {
  const head = Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff);
  const foot = new DataView(new ArrayBuffer(8));
  foot.setUint32(0, crc, true);
  foot.setUint32(4, size, true);
  return new Blob([head, content, foot]).stream().pipeThrough(new DecompressionStream("gzip"));
}

// No more is unpacked than the directory said: what claims to be small cannot grow.
async function collect(stream, size) {
  const bytes = new Uint8Array(size);
  let at = 0;
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done && at === size) return bytes;
      if (done) break;
      bytes.set(value, at); // throws a RangeError beyond the end
      at += value.length;
    }
  } catch {
    reader.cancel().catch(() => {}); // it may be the stream itself that failed
  }
  throw new FileError("it is damaged in the ZIP");
}

async function view(file, start, length) {
  return new DataView(await file.slice(start, start + length).arrayBuffer());
}
