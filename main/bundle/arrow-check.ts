// Checks an Arrow file before the library reads it. The library trusts the lengths in the flatbuffers of
// the file, and a wrong one lets it run for ever or take all memory. Here every table, vector and buffer
// must lie where it may (Arrow columnar format, "IPC File Format"; flatbuffers, "Internals"). Only what
// our tables use is let through: flat columns of numbers, booleans and text, without compression.
import { BundleError } from './error';

/** Column types by their number in `Schema.fbs`. */
const INT = 2;
const FLOAT = 3;
const UTF8 = 5;
const BOOL = 6;
/** `Message.header` of a record batch. */
const RECORD_BATCH = 3;
const MAGIC = 'ARROW1';
/** Tables that are visited; ours have a few dozen. */
const MOST_TABLES = 4096;

class Damaged extends Error {}

function need(ok: boolean, what: string): void {
  if (!ok) throw new Damaged(what);
}

/** A flatbuffer between two places of the file. */
class Flatbuffer {
  private visits = 0;

  constructor(
    readonly view: DataView,
    private readonly from: number,
    private readonly to: number,
  ) {}

  private inside(at: number, size: number): void {
    need(at >= this.from && size >= 0 && at + size <= this.to, 'a reference leaves the table');
  }

  u8(at: number): number {
    this.inside(at, 1);
    return this.view.getUint8(at);
  }

  u16(at: number): number {
    this.inside(at, 2);
    return this.view.getUint16(at, true);
  }

  u32(at: number): number {
    this.inside(at, 4);
    return this.view.getUint32(at, true);
  }

  /** A 64-bit number that must be small and not negative. */
  size(at: number): number {
    this.inside(at, 8);
    need(this.view.getUint32(at + 4, true) === 0, 'a length is too large');
    return this.view.getUint32(at, true);
  }

  /** Where the offset at `at` leads. */
  follow(at: number): number {
    const to = at + this.u32(at);
    this.inside(to, 4);
    return to;
  }

  /** Places of the fields of the table at `at`; 0 for one that is not there. */
  table(at: number): (field: number) => number {
    need(++this.visits <= MOST_TABLES, 'there are too many tables in it');
    this.inside(at, 4);
    const vtable = at - this.view.getInt32(at, true);
    const length = this.u16(vtable);
    const size = this.u16(vtable + 2);
    this.inside(vtable, length);
    this.inside(at, size);
    return (field) => {
      const slot = 4 + 2 * field;
      if (slot + 2 > length) return 0;
      const offset = this.u16(vtable + slot);
      need(offset < size, 'a field leaves its table');
      return offset === 0 ? 0 : at + offset;
    };
  }

  /** Elements of the vector that the offset at `at` leads to; none for 0. */
  vector(at: number, width: number): number[] {
    if (at === 0) return [];
    const start = this.follow(at);
    const n = this.u32(start);
    need(n <= this.to - start, 'a vector is longer than the file');
    this.inside(start + 4, n * width);
    return Array.from({ length: n }, (_, i) => start + 4 + i * width);
  }

  text(at: number): void {
    if (at !== 0) this.vector(at, 1);
  }
}

/** Kind and width in bits of each column. */
interface Column {
  readonly type: number;
  readonly bits: number;
}

function columnsOf(fb: Flatbuffer, at: number): Column[] {
  const schema = fb.table(at);
  need(fb.vector(schema(2), 4).length === 0, 'it has metadata of its own');
  return fb.vector(schema(1), 4).map((f) => {
    const field = fb.table(fb.follow(f));
    fb.text(field(0));
    need(field(4) === 0, 'a column has a dictionary');
    need(fb.vector(field(5), 4).length === 0, 'a column has columns inside');
    need(fb.vector(field(6), 4).length === 0, 'a column has metadata of its own');
    const type = field(2) === 0 ? 0 : fb.u8(field(2));
    need(field(3) !== 0, 'a column has no type');
    const details = fb.table(fb.follow(field(3)));
    if (type === INT) return { type, bits: details(0) === 0 ? 0 : fb.u32(details(0)) };
    if (type === FLOAT) return { type, bits: 16 << (details(0) === 0 ? 0 : fb.u16(details(0))) };
    need(type === UTF8 || type === BOOL, `a column has the type ${type}`);
    return { type, bits: type === BOOL ? 1 : 32 };
  });
}

interface Block {
  readonly at: number;
  readonly meta: number;
  readonly body: number;
}

interface Span {
  readonly at: number;
  readonly length: number;
}

function checkText(view: DataView, offsets: Span, data: Span, rows: number): void {
  let last = 0;
  for (let i = 0; i <= rows; i++) {
    const to = view.getInt32(offsets.at + i * 4, true);
    need(to >= last && to <= data.length, 'a text lies outside its column');
    last = to;
  }
}

function checkBatch(view: DataView, b: Block, columns: readonly Column[]): void {
  need(view.getUint32(b.at, true) === 0xffffffff, 'a batch does not begin as it should');
  const fb = new Flatbuffer(view, b.at + 8, b.at + b.meta);
  const message = fb.table(fb.follow(b.at + 8));
  need(message(1) !== 0 && fb.u8(message(1)) === RECORD_BATCH, 'a batch is something else');
  need(message(2) !== 0 && message(3) !== 0, 'a batch is empty');
  need(fb.size(message(3)) === b.body, 'a batch lies about its length');
  const batch = fb.table(fb.follow(message(2)));
  need(batch(3) === 0, 'it is compressed');
  const rows = batch(0) === 0 ? 0 : fb.size(batch(0));
  const nodes = fb.vector(batch(1), 16);
  need(nodes.length === columns.length, 'a batch has other columns');
  for (const n of nodes) {
    need(fb.size(n) === rows, 'a column has another length than its table');
    need(fb.size(n + 8) === 0, 'a column has holes');
  }
  const start = b.at + b.meta;
  const buffers = fb.vector(batch(2), 16).map((p) => {
    const [offset, length] = [fb.size(p), fb.size(p + 8)];
    need(offset + length <= b.body, 'a column leaves the file');
    return { at: start + offset, length };
  });
  let next = 0;
  for (const c of columns) {
    next++;
    const first = buffers[next++];
    need(first !== undefined, 'a column is missing');
    const { length } = first as Span;
    if (c.type !== UTF8) {
      need(length * 8 >= rows * c.bits, 'a column is cut short');
      continue;
    }
    const data = buffers[next++];
    need(data !== undefined, 'a column is missing');
    need(rows === 0 || length >= (rows + 1) * 4, 'a column is cut short');
    if (rows > 0) checkText(view, first as Span, data as Span, rows);
  }
  need(next === buffers.length, 'a batch has other columns');
}

function checkFile(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): string => new TextDecoder().decode(bytes.subarray(at, at + 6));
  const n = bytes.length;
  need(n > 32 && word(0) === MAGIC && word(n - 6) === MAGIC, 'it is no Arrow file');
  const length = view.getInt32(n - 10, true);
  const from = n - 10 - length;
  need(length > 0 && from >= 8, 'its directory lies outside the file');
  const fb = new Flatbuffer(view, from, n - 10);
  const footer = fb.table(fb.follow(from));
  need(footer(1) !== 0, 'it has no columns');
  const columns = columnsOf(fb, fb.follow(footer(1)));
  need(fb.vector(footer(2), 24).length === 0, 'it has dictionaries');
  for (const p of fb.vector(footer(3), 24)) {
    const block = { at: fb.size(p), meta: fb.u32(p + 8), body: fb.size(p + 16) };
    need(block.meta >= 12 && block.at + block.meta + block.body <= from, 'a batch leaves the file');
    checkBatch(view, block, columns);
  }
}

/**
 * Check that an Arrow file is one that can be read without harm.
 * @param path its name, for the sentence
 * @throws BundleError with one sentence
 */
export function checkArrow(bytes: Uint8Array, path: string): void {
  try {
    checkFile(bytes);
  } catch (e) {
    if (!(e instanceof Damaged || e instanceof RangeError)) throw e;
    const why = e instanceof Damaged ? e.message : 'a reference leaves the file';
    throw new BundleError(`${path} is damaged: ${why}`);
  }
}
