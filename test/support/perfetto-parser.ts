// A trace read by Perfetto's own parser. No package of it can be had, but Chromium carries it: it turns its own traces
// into JSON with it. While Chromium does that, its parser is handed our trace in place of the browser's: by writing
// to the memory of its tracing process, as a debugger would.
import { closeSync, openSync, readFileSync, readlinkSync, readSync, writeSync } from 'node:fs';
import { chromium } from 'playwright-core';
import { OutOfReach, type ParserCode, parserIn } from './perfetto-code';
import { endTrace } from './perfetto-schema';

/** What the parser has made of a trace. */
export interface Imported {
  /**
   * In the format of Chromium's traces. On threads `X` is a slice, `I` an instant, `s` and `f` the ends of a
   * flow; elsewhere `b` and `e` begin and end a slice. `M` is a name. Counters are left out.
   */
  readonly events: readonly ImportedEvent[];
  /** What went wrong, by name, and how often; empty when nothing did. */
  readonly errors: Readonly<Record<string, number>>;
}

export interface ImportedEvent {
  readonly ph: string;
  readonly cat: string;
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Of a flow, or of what `b` and `e` belong to. */
  readonly id?: number;
  /** Microseconds. */
  readonly ts: number;
  readonly args: Readonly<Record<string, unknown>>;
}

interface Made {
  readonly traceEvents: readonly ImportedEvent[];
  readonly metadata: { readonly trace_processor_stats: Readonly<Record<string, number>> };
}

const PAGE = 4096;
/** Pages that no process has touched, on both sides of those that are written to. */
const UNTOUCHED = 1 << 10;
/** Of the statistics of an import, those that count no errors. */
const TIMES = /_duration_ns$/;

/** Not every system lets one look into a process that one has started. */
function opened(file: string, flags: string): number {
  try {
    return openSync(file, flags);
  } catch (e) {
    throw new OutOfReach((e as Error).message);
  }
}

/** Memory of a process at rest, by offsets in the program. */
class Memory {
  private readonly fd: number;
  private readonly start: number;

  constructor(
    private readonly pid: number,
    private readonly code: ParserCode,
  ) {
    const program = readlinkSync(`/proc/${pid}/exe`);
    const maps = readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n');
    const map = maps.find((m) => m.endsWith(program) && m.split(' ')[1]?.includes('x'));
    const [range, , offset] = (map ?? '').split(/ +/);
    if (range === undefined || offset === undefined) throw new OutOfReach('its code is not mapped');
    this.start = Number.parseInt(range, 16) - Number.parseInt(offset, 16);
    this.fd = opened(`/proc/${pid}/mem`, 'r+');
  }

  addressOf(at: number): bigint {
    return BigInt(this.start + at);
  }

  write(at: number, bytes: Uint8Array): void {
    writeSync(this.fd, bytes, 0, bytes.length, this.start + at);
  }

  read(at: number, length: number): Buffer {
    const out = Buffer.alloc(length);
    readSync(this.fd, out, 0, length, this.start + at);
    return out;
  }

  /** Code that the process has never run, with as much of it around. */
  unused(length: number): number {
    const pages = Math.ceil(length / PAGE);
    const { from, to } = this.code.text;
    const first = Math.ceil(from / PAGE);
    const entries = Buffer.alloc((Math.floor(to / PAGE) - first) * 8);
    const map = opened(`/proc/${this.pid}/pagemap`, 'r');
    readSync(map, entries, 0, entries.length, ((this.start + first * PAGE) / PAGE) * 8);
    closeSync(map);
    let free = 0;
    for (let i = 0; i * 8 < entries.length; i++) {
      const present = ((entries[i * 8 + 7] as number) & 0xc0) !== 0;
      free = present ? 0 : free + 1;
      if (free === pages + 2 * UNTOUCHED) return (first + i + 1 - UNTOUCHED - pages) * PAGE;
    }
    throw new OutOfReach('all of its code is in use');
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** jmp from one place of the program to another. */
function jump(from: number, to: number): Buffer {
  const out = Buffer.from([0xe9, 0, 0, 0, 0]);
  out.writeInt32LE(to - from - 5, 1);
  return out;
}

const u64 = (n: bigint): Buffer => {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(n);
  return out;
};

/** Let the parser find `trace` in the first piece that it is given, and nothing in those after it. */
function handOver(memory: Memory, code: ParserCode, trace: Uint8Array): void {
  if (!memory.read(code.at, code.head.length).equals(code.head)) {
    throw new OutOfReach('the process runs another program');
  }
  const room = 128;
  const at = memory.unused(trace.length + room);
  // rsi: the parser; rdx: the piece, its data and size.
  const first = Buffer.concat([
    Buffer.from([0x49, 0xba]), // mov r10, the trace
    u64(memory.addressOf(at + room)),
    Buffer.from([0x4c, 0x89, 0x12]), // mov [rdx], r10
    Buffer.from([0x49, 0xba]), // mov r10, its size
    u64(BigInt(trace.length)),
    Buffer.from([0x4c, 0x89, 0x52, 0x08]), // mov [rdx + 8], r10
    Buffer.from([0xeb, 8]), // over the next
  ]);
  const later = Buffer.from([0x48, 0xc7, 0x42, 0x08, 0, 0, 0, 0]); // mov qword [rdx + 8], 0
  const hook = Buffer.concat([
    Buffer.from([0x48, 0x83, 0x7e, code.reader, 0]), // cmp qword [rsi + reader], 0
    Buffer.from([0x75, first.length]), // jne later
    first,
    later,
    code.head,
  ]);
  memory.write(at + room, trace);
  memory.write(at, Buffer.concat([hook, jump(at + hook.length, code.at + code.head.length)]));
  memory.write(code.at, jump(code.at, at));
}

/** Reads traces with Perfetto's parser. */
export class PerfettoParser {
  private readonly code: ParserCode;

  /**
   * @param executablePath how Chromium is started
   * @param program what then runs
   * @throws OutOfReach where the parser of this Chromium is not found
   */
  constructor(
    private readonly executablePath: string,
    program: string,
  ) {
    this.code = parserIn(program);
  }

  /**
   * What the parser makes of a trace.
   * @throws OutOfReach where the memory of a process cannot be written to
   */
  async read(trace: Uint8Array): Promise<Imported> {
    const { code, executablePath } = this;
    const args = ['--no-sandbox', '--disable-gpu'];
    const browser = await chromium.launch({ executablePath, args });
    try {
      const cdp = await browser.newBrowserCDPSession();
      await cdp.send('Tracing.start', {
        transferMode: 'ReturnAsStream',
        streamFormat: 'json',
        tracingBackend: 'chrome',
        traceConfig: { includedCategories: ['*'] },
      });
      const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
      const service = processInfo.find((p) => p.type === 'tracing.mojom.TracingService');
      if (service === undefined) throw new OutOfReach('no process of its own reads traces');
      const memory = new Memory(service.id, code);
      handOver(memory, code, trace);
      memory.close();
      const made = JSON.parse((await endTrace(cdp)).toString()) as Made;
      const stats = Object.entries(made.metadata.trace_processor_stats);
      const errors = stats.filter(([name, n]) => n !== 0 && !TIMES.test(name));
      return { events: made.traceEvents, errors: Object.fromEntries(errors) };
    } finally {
      await browser.close();
    }
  }
}
