// Where Perfetto's parser is in a program that carries it: Chromium turns its own traces into JSON by Perfetto's trace
// processor. There are no symbols; the parser is found through the name of its source file, which it names in
// messages, and every step is checked: a program that is built otherwise is refused, not guessed at.
import { readFileSync } from 'node:fs';

/** The parser cannot be reached in this Chromium, or not by this user: the message says why. */
export class OutOfReach extends Error {}

/** Named by `ForwardingTraceParser::Init`, which is called once, by `Parse`. */
const SOURCE = '/src/trace_processor/forwarding_trace_parser.cc\0';
/** int3; push rbp; mov rbp, rsp: how a function begins, after the padding before it. */
const BEGIN = Buffer.from([0xcc, 0x55, 0x48, 0x89, 0xe5]);
/** Functions before a place are looked for so far. */
const NEAR = 1 << 14;
/** The test for a reader stands at the beginning. */
const HEAD = 64;

interface Segment {
  readonly offset: number;
  readonly address: number;
  readonly size: number;
  readonly executable: boolean;
}

/** `ForwardingTraceParser::Parse(this, TraceBlobView)` in a program. */
export interface ParserCode {
  /** Where it begins in the file. */
  readonly at: number;
  /** Its first instructions, at least five bytes of them: none depends on where it stands. */
  readonly head: Buffer;
  /** Offset in the parser of its reader; null until the first piece of a trace has come. */
  readonly reader: number;
  /** Where the code of the program is in the file. */
  readonly text: { readonly from: number; readonly to: number };
}

function segmentsOf(file: Buffer): Segment[] {
  const table = Number(file.readBigUInt64LE(32));
  return Array.from({ length: file.readUInt16LE(56) }, (_, i) => table + 56 * i)
    .filter((at) => file.readUInt32LE(at) === 1)
    .map((at) => ({
      offset: Number(file.readBigUInt64LE(at + 8)),
      address: Number(file.readBigUInt64LE(at + 16)),
      size: Number(file.readBigUInt64LE(at + 32)),
      executable: (file.readUInt32LE(at + 4) & 1) !== 0,
    }));
}

function only(found: readonly number[], what: string): number {
  const all = [...new Set(found)];
  if (all.length !== 1) throw new OutOfReach(`${all.length} places look like ${what}`);
  return all[0] as number;
}

/** Where the function begins that a place is in. */
function beginOf(file: Buffer, at: number): number {
  const from = file.lastIndexOf(BEGIN, at);
  if (from < at - NEAR) throw new OutOfReach('no function begins there');
  return from + 1;
}

/** Places whose 32 bits are the distance from their end to `target`, after bytes that fit. */
function distancesTo(
  file: Buffer,
  text: Segment,
  target: number,
  fits: (at: number) => boolean,
): number[] {
  const out: number[] = [];
  const end = text.offset + text.size - 4;
  for (let at = text.offset + 3; at < end; at++) {
    // The two high bytes first: hardly any place gets past them.
    const distance = target - (at + 4 - text.offset + text.address);
    if (file[at + 3] !== ((distance >>> 24) & 0xff)) continue;
    if (file[at + 2] === ((distance >>> 16) & 0xff) && file.readInt32LE(at) === distance) {
      if (fits(at)) out.push(at);
    }
  }
  return out;
}

/**
 * Find the parser in a program.
 * @throws OutOfReach that says what it does not look like
 */
export function parserIn(program: string): ParserCode {
  const file = readFileSync(program);
  if (process.arch !== 'x64' || file.toString('latin1', 1, 4) !== 'ELF') {
    throw new OutOfReach('only programs for Linux on x86-64 are read');
  }
  const segments = segmentsOf(file);
  const text = segments.find((s) => s.executable);
  let name = file.indexOf(SOURCE);
  const data = segments.find((s) => name >= s.offset && name < s.offset + s.size);
  if (text === undefined || data === undefined)
    throw new OutOfReach('it does not carry the parser');
  while (file[name - 1] !== 0) name--;
  const addressOf = (s: Segment, at: number): number => at - s.offset + s.address;

  // lea reg, [rip + distance]
  const isLea = (at: number): boolean =>
    file[at - 2] === 0x8d && ((file[at - 1] as number) & 0xc7) === 0x05;
  const named = distancesTo(file, text, addressOf(data, name), isLea);
  const init = only(
    named.map((at) => beginOf(file, at)),
    'ForwardingTraceParser::Init',
  );
  const isCall = (at: number): boolean => file[at - 1] === 0xe8;
  const calls = distancesTo(file, text, addressOf(text, init), isCall);
  const at = only(
    calls.map((c) => beginOf(file, c)),
    'ForwardingTraceParser::Parse',
  );

  // cmp qword [rsi + reader], 0
  const test = file.subarray(at, at + HEAD).indexOf(Buffer.from([0x48, 0x83, 0x7e]));
  if (test < 0 || file[at + test + 4] !== 0) throw new OutOfReach('the parser has no reader');
  const reader = file[at + test + 3] as number;
  // push rbp; mov rbp, rsp; push reg
  const push = file[at + 4] === 0x41 ? 2 : 1;
  if (((file[at + 3 + push] as number) & 0xf8) !== 0x50)
    throw new OutOfReach('it begins otherwise');
  return {
    at,
    head: Buffer.from(file.subarray(at, at + 4 + push)),
    reader,
    text: { from: text.offset, to: text.offset + text.size },
  };
}
