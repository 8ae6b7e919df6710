// Perfetto's own schema of track events, and a trace that Perfetto itself has written: Chromium holds both. It
// records its own work with Perfetto, and carries the descriptors of the messages.
import { readFileSync, readlinkSync } from 'node:fs';
import {
  create,
  createFileRegistry,
  type DescMessage,
  type FileRegistry,
  fromBinary,
  type Message,
} from '@bufbuild/protobuf';
import {
  type FileDescriptorProto,
  FileDescriptorProtoSchema,
  FileDescriptorSetSchema,
} from '@bufbuild/protobuf/wkt';
import { type CDPSession, chromium } from 'playwright-core';

/** How the package clause follows the name in every descriptor of Perfetto's. */
const MARK = Buffer.from('.proto\x12\x0fperfetto.protos', 'latin1');
const LONGEST_NAME = 100;
/** Field 1, length-delimited: a file of a set, and the name of a file. */
const FIELD_1 = 0x0a;

/** Bytes of the varint that ends before `end` and follows the tag of field 1: every way to read it. */
function lengthsBefore(bytes: Buffer, end: number): number[] {
  const out: number[] = [];
  for (let n = 1; n <= 4; n++) {
    if (bytes[end - n - 1] !== FIELD_1) continue;
    let value = 0;
    for (let i = 0; i < n; i++) value += ((bytes[end - n + i] as number) & 0x7f) * 2 ** (7 * i);
    out.push(value);
  }
  return out;
}

/** The descriptor whose name ends at `end`, or null when these bytes are none. */
function descriptorAt(bytes: Buffer, end: number): FileDescriptorProto | null {
  for (let from = end - 1; from > end - LONGEST_NAME; from--) {
    if (bytes[from - 1] !== end - from || bytes[from - 2] !== FIELD_1) continue;
    const begin = from - 2;
    const name = bytes.toString('latin1', from, end);
    for (const length of lengthsBefore(bytes, begin)) {
      try {
        const file = fromBinary(FileDescriptorProtoSchema, bytes.subarray(begin, begin + length));
        if (file.name === name) return file;
      } catch {
        // Not this one.
      }
    }
  }
  return null;
}

/** Perfetto's descriptors in a program; null when it carries none. */
function registryOf(program: string): FileRegistry | null {
  const bytes = readFileSync(program);
  const files = new Map<string, FileDescriptorProto>();
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + 1)) {
    const file = descriptorAt(bytes, at + '.proto'.length);
    if (file !== null && !files.has(file.name)) files.set(file.name, file);
  }
  const wanted = 'protos/perfetto/trace/track_event/track_event.proto';
  const needed: FileDescriptorProto[] = [];
  const take = (name: string): boolean => {
    const file = files.get(name);
    if (file === undefined) return false;
    if (!needed.includes(file)) {
      if (!file.dependency.every(take)) return false;
      needed.push(file);
    }
    return true;
  };
  if (!take(wanted)) return null;
  return createFileRegistry(create(FileDescriptorSetSchema, { file: needed }));
}

/** What Perfetto brings along in Chromium. */
export interface PerfettoOwn {
  /** Schema of `perfetto.protos.TrackEvent`; null where this Chromium carries none. */
  readonly trackEvent: DescMessage | null;
  /** A trace of the browser's own work. */
  readonly trace: Uint8Array;
  /** Process ids of the browser, as the system knows them. */
  readonly pids: readonly number[];
  /** The program that runs. */
  readonly program: string;
}

/** End what Chromium traces; returns what it has written. */
export async function endTrace(cdp: CDPSession): Promise<Buffer> {
  const over = new Promise<{ stream?: string }>((resolve) => {
    cdp.once('Tracing.tracingComplete', resolve);
  });
  await cdp.send('Tracing.end');
  const { stream } = await over;
  const parts: Buffer[] = [];
  for (let eof = false; !eof; ) {
    const r = await cdp.send('IO.read', { handle: stream as string });
    parts.push(Buffer.from(r.data, r.base64Encoded ? 'base64' : 'utf8'));
    eof = r.eof;
  }
  return Buffer.concat(parts);
}

/** Let Chromium trace itself for a moment. */
export async function perfettoOwn(executablePath: string): Promise<PerfettoOwn> {
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu'],
  });
  try {
    const cdp = await browser.newBrowserCDPSession();
    const { processInfo } = await cdp.send('SystemInfo.getProcessInfo');
    const own = processInfo.find((p) => p.type === 'browser');
    if (own === undefined) throw new Error('Chromium does not name its own process');
    await cdp.send('Tracing.start', {
      transferMode: 'ReturnAsStream',
      streamFormat: 'proto',
      traceConfig: { includedCategories: ['*'] },
    });
    const page = await browser.newPage();
    await page.goto('data:text/html,<h1>Faultline</h1>');
    const trace = await endTrace(cdp);
    const program = readlinkSync(`/proc/${own.id}/exe`);
    const registry = registryOf(program);
    return {
      program,
      trackEvent: registry?.getMessage('perfetto.protos.TrackEvent') ?? null,
      trace,
      pids: processInfo.map((p) => p.id),
    };
  } finally {
    await browser.close();
  }
}

/** A track event, decoded by a schema that is not ours: its fields by their names. */
export function decode(schema: DescMessage, bytes: Uint8Array): Message & Record<string, unknown> {
  return fromBinary(schema, bytes) as Message & Record<string, unknown>;
}
