// end to end: Perfetto's own parser imports the export without errors, and finds in it what the run has.
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { perfetto } from '../../main/export/perfetto';
import { eventLabel } from '../../main/timeline/labels';
import { flowsOf } from '../../main/timeline/links';
import { tracksOf } from '../../main/timeline/tracks';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';
import { OutOfReach } from '../support/perfetto-code';
import { type Imported, type ImportedEvent, PerfettoParser } from '../support/perfetto-parser';
import { perfettoOwn } from '../support/perfetto-schema';

const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';

let parser: PerfettoParser | null = null;
let why = '';
beforeAll(async () => {
  const { program } = await perfettoOwn(CHROMIUM);
  try {
    parser = new PerfettoParser(CHROMIUM, program);
    await parser.read(new Uint8Array());
  } catch (e) {
    if (!(e instanceof OutOfReach)) throw e;
    parser = null;
    why = `Perfetto's parser cannot be reached in this Chromium: ${e.message}`;
  }
});

async function imported(context: TestContext, trace: Uint8Array): Promise<Imported> {
  if (parser === null) return context.skip(why);
  return parser.read(trace);
}

const of = ({ events }: Imported, ph: string): ImportedEvent[] => events.filter((e) => e.ph === ph);

const inOrder = (names: readonly string[]): string[] => [...names].sort();

describe.each([
  [0, 'v6.1', 'smmuv3'],
  [3, 'series-v4', 'plain'],
  [4, 'v6.12', 'plain'],
  [8, 'v6.12', 'plain'],
] as const)('script %i on %s %s', (script, variant, driver) => {
  let run: KeptRun;
  let trace: Uint8Array;
  beforeAll(async () => {
    const [, text] = galleryScripts()[script] as [string, string];
    run = await keptRun(text, { variant, driver });
    trace = perfetto(run);
  });

  test('no errors; every step a slice of its thread', async (context) => {
    const made = await imported(context, trace);
    expect(made.errors).toEqual({});
    const { columns } = run;
    const slices = of(made, 'X');
    expect(slices.map((e) => e.args.step)).toEqual(
      Array.from({ length: columns.events }, (_, i) => i + 1),
    );
    expect(slices.map((e) => e.name)).toEqual(slices.map((_, i) => eventLabel(columns, i)));
    const names = of(made, 'M').filter((e) => e.name === 'thread_name' && e.tid !== 0);
    const threads = new Map(names.map((e) => [e.tid, e.args.name]));
    expect(slices.map((e) => threads.get(e.tid))).toEqual(
      slices.map((_, i) => columns.tasks[columns.task[i] as number]?.name),
    );
  });
  test('two processes; findings; locks and objects; flows from step to step', async (context) => {
    const made = await imported(context, trace);
    const processes = of(made, 'M').filter((e) => e.name === 'process_name');
    expect(processes.map((e) => e.args.name)).toEqual(['device', `kernel ${variant}`]);
    expect(inOrder(of(made, 'I').map((e) => e.name))).toEqual(
      inOrder(run.findings.map((f) => f.title)),
    );
    const tracks = tracksOf(run.columns);
    const flows = flowsOf(run.columns, run.findings);
    const spans = tracks.reduce((n, t) => n + t.from.length, 0);
    expect([of(made, 'b').length, of(made, 'e').length]).toEqual([spans, spans]);
    const ends = new Map(of(made, 'f').map((e) => [e.id, e.ts]));
    const arrows = of(made, 's').map((e) => `${e.ts} ${ends.get(e.id)}`);
    const known = Array.from(flows.from, (from, i) => `${from} ${flows.to[i]}`);
    expect(known.length).toBeGreaterThan(5);
    expect(inOrder(arrows)).toEqual(inOrder(known));
  });
});

/** A packet with a track event. */
function packet(time: number, fill: (w: BinaryWriter) => void): Uint8Array {
  const w = new BinaryWriter();
  w.tag(1, WireType.LengthDelimited).fork();
  w.tag(8, WireType.Varint).uint64(BigInt(time));
  w.tag(10, WireType.Varint).uint32(1);
  w.tag(11, WireType.LengthDelimited).fork();
  fill(w);
  return w.join().join().finish();
}

describe('what is wrong is noticed', () => {
  let trace: Uint8Array;
  let findings: number;
  beforeAll(async () => {
    const [, text] = galleryScripts()[0] as [string, string];
    const run = await keptRun(text, { variant: 'v6.1', driver: 'smmuv3' });
    trace = perfetto(run);
    findings = run.findings.length;
  });
  test('a count on a track that counts nothing', async (context) => {
    const spoilt = packet(1_000_000, (w) => {
      w.tag(9, WireType.Varint).int32(4);
      w.tag(11, WireType.Varint).uint64(10n);
      w.tag(30, WireType.Varint).int64(1n);
    });
    const { errors } = await imported(context, Buffer.concat([trace, spoilt]));
    expect(errors).toEqual({ track_event_counter_invalid_track_uuid: 1 });
  });
  test('a trace that ends too early', async (context) => {
    const made = await imported(context, trace.subarray(0, trace.length - 1));
    expect(of(made, 'I')).toHaveLength(findings - 1);
  });
});
