// Perfetto's native trace format: protobuf track events. One process for the device side and one
// for the kernel, tasks as threads, locks and objects as tracks of their own, counts as counters,
// flows as flow ids. Field numbers: perfetto/protos/trace (stack.md section 7).
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { KeptRun, OnMade, TrackShape } from '../../preload/contract/shapes';
import { eventLabel, familyOf, placeOf } from '../timeline/labels';
import { flowsOf } from '../timeline/links';
import { tracksOf } from '../timeline/tracks';
import { everyEvent, untold } from './every-event';

const SEQUENCE = 1;
const TYPE_SLICE_BEGIN = 1;
const TYPE_SLICE_END = 2;
const TYPE_INSTANT = 3;
const TYPE_COUNTER = 4;
/** SEQ_INCREMENTAL_STATE_CLEARED: the sequence starts here. */
const STATE_CLEARED = 1;

class Trace {
  private readonly out = new BinaryWriter();
  private first = true;

  packet(timestamp: number | null, fill: (w: BinaryWriter) => void): void {
    this.out.tag(1, WireType.LengthDelimited).fork();
    if (timestamp !== null) this.out.tag(8, WireType.Varint).uint64(BigInt(timestamp));
    this.out.tag(10, WireType.Varint).uint32(SEQUENCE);
    if (this.first) this.out.tag(13, WireType.Varint).uint32(STATE_CLEARED);
    this.first = false;
    fill(this.out);
    this.out.join();
  }

  /** @param more what kind of track it is: one among others of its process when left out */
  private track(
    uuid: number,
    parent: number,
    name: string,
    more: (w: BinaryWriter) => void = () => {},
  ): void {
    this.packet(null, (w) => {
      w.tag(60, WireType.LengthDelimited).fork();
      w.tag(1, WireType.Varint).uint64(BigInt(uuid));
      if (parent > 0) w.tag(5, WireType.Varint).uint64(BigInt(parent));
      w.tag(2, WireType.LengthDelimited).string(name);
      more(w);
      w.join();
    });
  }

  /** A process, whose pid is the number of its track. */
  process(uuid: number, name: string): void {
    this.track(uuid, 0, name, (w) => {
      w.tag(3, WireType.LengthDelimited).fork();
      w.tag(1, WireType.Varint).int32(uuid);
      w.tag(6, WireType.LengthDelimited).string(name);
      w.join();
    });
  }

  /** A track of a process: a thread, whose tid is the number of its track, a counter, or neither. */
  below(process: number, uuid: number, { kind, name }: TrackShape): void {
    this.track(uuid, process, name, (w) => {
      if (kind === 'counter') w.tag(8, WireType.LengthDelimited).fork().join();
      if (kind !== 'task') return;
      w.tag(4, WireType.LengthDelimited).fork();
      w.tag(1, WireType.Varint).int32(process);
      w.tag(2, WireType.Varint).int32(uuid);
      w.tag(5, WireType.LengthDelimited).string(name);
      w.join();
    });
  }

  event(
    timestamp: number,
    type: number,
    uuid: number,
    category: string,
    name: string,
    more: (w: BinaryWriter) => void = () => {},
  ): void {
    this.packet(timestamp, (w) => {
      w.tag(11, WireType.LengthDelimited).fork();
      w.tag(9, WireType.Varint).int32(type);
      w.tag(11, WireType.Varint).uint64(BigInt(uuid));
      if (category !== '') w.tag(22, WireType.LengthDelimited).string(category);
      if (name !== '') w.tag(23, WireType.LengthDelimited).string(name);
      more(w);
      w.join();
    });
  }

  bytes(): Uint8Array<ArrayBuffer> {
    return this.out.finish() as Uint8Array<ArrayBuffer>;
  }
}

function annotate(w: BinaryWriter, name: string, value: string | number): void {
  w.tag(4, WireType.LengthDelimited).fork();
  w.tag(10, WireType.LengthDelimited).string(name);
  if (typeof value === 'number') w.tag(4, WireType.Varint).int64(BigInt(value));
  else w.tag(6, WireType.LengthDelimited).string(value);
  w.join();
}

/** A run as a `.pftrace` file. */
export function perfetto(run: KeptRun, onMade: OnMade = untold): Uint8Array {
  const { columns: r } = run;
  const trace = new Trace();
  const tracks = tracksOf(r);
  const flows = flowsOf(r, run.findings);
  const DEVICE = 1;
  const KERNEL = 2;
  trace.process(DEVICE, 'device');
  trace.process(KERNEL, `kernel ${run.cell.variant}`);
  const uuid = new Map(tracks.map((t, i) => [t.id, i + 10]));
  for (const t of tracks) {
    trace.below(t.group === 'device' ? DEVICE : KERNEL, uuid.get(t.id) as number, t);
  }
  // One step, one microsecond: steps never overlap and stay readable.
  const at = (step: number): number => step * 1000;
  const from = new Map<number, number[]>();
  const to = new Map<number, number[]>();
  flows.from.forEach((step, i) => {
    from.set(step, [...(from.get(step) ?? []), i + 1]);
  });
  flows.to.forEach((step, i) => {
    to.set(step, [...(to.get(step) ?? []), i + 1]);
  });
  everyEvent(r.events, onMade, (i) => {
    const step = i + 1;
    const track = uuid.get(`task:${r.tasks[r.task[i] as number]?.name}`) as number;
    trace.event(at(step), TYPE_SLICE_BEGIN, track, familyOf(r, i), eventLabel(r, i), (w) => {
      for (const id of from.get(step) ?? []) w.tag(47, WireType.Bit64).fixed64(BigInt(id));
      for (const id of to.get(step) ?? []) w.tag(48, WireType.Bit64).fixed64(BigInt(id));
      annotate(w, 'step', step);
      annotate(w, 'function', placeOf(r, i).fn);
    });
    trace.event(at(step) + 900, TYPE_SLICE_END, track, '', '');
  });
  for (const t of tracks) {
    const id = uuid.get(t.id) as number;
    t.from.forEach((a, i) => {
      const text = r.strings[t.text[i] as number] ?? '';
      trace.event(at(a), TYPE_SLICE_BEGIN, id, t.kind, text);
      trace.event(at(t.to[i] as number), TYPE_SLICE_END, id, '', '');
    });
    t.at.forEach((step, i) => {
      trace.event(at(step), TYPE_COUNTER, id, '', '', (w) =>
        w.tag(30, WireType.Varint).int64(BigInt(t.value[i] as number)),
      );
    });
  }
  for (const f of run.findings) {
    const task = uuid.get(`task:${f.task}`) ?? KERNEL;
    trace.event(at(f.step) + 500, TYPE_INSTANT, task, 'finding', f.title);
  }
  return trace.bytes();
}
