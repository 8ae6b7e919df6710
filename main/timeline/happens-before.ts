// The happens-before order of a recorded run, from its evidence alone: what an event names and what its
// deltas changed. Two events are ordered when they are of one task, when one started the other's task, or
// when both touch a thing and one of them changes it; what follows from that is ordered, too. Code between
// two ops that looks at state leaves no trace in the evidence, so a few orders may be missing.
import type { FlowColumns, RunColumns } from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';
import { Numbers } from './columns';

/** For each event its direct predecessors: `from[start[i]] … from[start[i + 1] - 1]`, as event numbers. */
export interface Order {
  readonly start: Uint32Array;
  readonly from: Uint32Array;
}

const CHANGES = KINDS.map((k) => k.access !== 'r' && k.access !== 'none');
/** Allocation names its object in its result, and its delta: the delta is what counts. */
const NOTHING = KINDS.map((k) => k.access === 'none');

interface Touched {
  /** Last event that changed the thing, or -1. */
  writer: number;
  /** Events that only looked since then. */
  readers: number[];
}

/** Work out the order of a run. */
export function orderOf(run: RunColumns, flows: FlowColumns): Order {
  const { events } = run;
  const start = new Uint32Array(events + 1);
  const from = new Numbers();
  const last = new Int32Array(run.tasks.length).fill(-1);
  const things = new Map<number, Touched>();
  const taskThing = new Set<number>();
  run.things.forEach((t, i) => {
    if (t.kind === 'task') taskThing.add(i + 1);
  });
  const born = new Map<number, number>();
  run.tasks.forEach((t, id) => {
    if (t.bornAt > 0) born.set(id, t.bornAt - 1);
  });
  const arrows = incoming(flows, events);
  let here: number[] = [];
  const add = (e: number, i: number): void => {
    if (e >= 0 && e !== i && !here.includes(e)) here.push(e);
  };
  const touch = (thing: number, changes: boolean, i: number): void => {
    let t = things.get(thing);
    if (t === undefined) {
      t = { writer: -1, readers: [] };
      things.set(thing, t);
    }
    if (t.writer === i) return;
    add(t.writer, i);
    if (!changes) {
      if (t.readers[t.readers.length - 1] !== i) t.readers.push(i);
      return;
    }
    for (const r of t.readers) add(r, i);
    t.writer = i;
    t.readers = [];
  };
  for (let i = 0; i < events; i++) {
    here = [];
    const task = run.task[i] as number;
    const before = last[task] as number;
    add(before >= 0 ? before : (born.get(task) ?? -1), i);
    last[task] = i;
    for (let d = run.deltaStart[i] as number; d < (run.deltaStart[i + 1] as number); d++) {
      const thing = run.deltaThing[d] as number;
      if (!taskThing.has(thing)) touch(thing, true, i);
    }
    const kind = run.kind[i] as number;
    const thing = run.thing[i] as number;
    if (thing > 0 && !NOTHING[kind] && !taskThing.has(thing))
      touch(thing, CHANGES[kind] === true, i);
    for (const e of arrows.get(i) ?? []) add(e, i);
    start[i] = from.length;
    for (const e of here) from.push(e);
  }
  start[events] = from.length;
  return { start, from: from.array() };
}

/** Flows that are orders: queue and start, ring and thread, complete and wait, request and response. */
const ORDERING = new Set([
  'queue → start',
  'ring → thread',
  'request → response',
  'response → device',
  'complete → wait_for_completion',
  'wake_up → schedule',
  'kfree_rcu → rcu_free',
]);

function incoming(flows: FlowColumns, events: number): Map<number, number[]> {
  const out = new Map<number, number[]>();
  for (let f = 0; f < flows.from.length; f++) {
    const to = (flows.to[f] as number) - 1;
    if (to >= events || !ORDERING.has(flows.kinds[flows.kind[f] as number] ?? '')) continue;
    const list = out.get(to);
    const e = (flows.from[f] as number) - 1;
    if (list === undefined) out.set(to, [e]);
    else list.push(e);
  }
  return out;
}

/** What an event of a cone is to the event in its middle; 0 when the two are concurrent. */
const BEFORE = 1;
const AFTER = 2;
const SELF = 3;

/** By event: does it come before the step, after it, or is it concurrent with it? */
export function coneOf(order: Order, step: number): Uint8Array {
  const n = order.start.length - 1;
  const out = new Uint8Array(n);
  const middle = step - 1;
  if (middle < 0 || middle >= n) return out;
  out[middle] = BEFORE;
  for (let i = middle; i >= 0; i--) {
    if (out[i] !== BEFORE) continue;
    for (let k = order.start[i] as number; k < (order.start[i + 1] as number); k++) {
      out[order.from[k] as number] = BEFORE;
    }
  }
  out[middle] = SELF;
  for (let i = middle + 1; i < n; i++) {
    for (let k = order.start[i] as number; k < (order.start[i + 1] as number); k++) {
      const p = out[order.from[k] as number];
      if (p === AFTER || p === SELF) {
        out[i] = AFTER;
        break;
      }
    }
  }
  return out;
}
