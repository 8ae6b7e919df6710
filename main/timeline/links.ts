// Causes and effects: which earlier event made this one possible or wrong. Walked with `[` and `]`,
// drawn as arrows, exported as flows.
import type {
  FindingShape,
  FlowColumns,
  FlowShape,
  RunColumns,
} from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';
import { countBelow, Numbering, Numbers } from './columns';

/** What a later op of one kind on the same thing answers to. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  mutex_lock: ['mutex_unlock'],
  mutex_wake: ['mutex_unlock'],
  spin_lock: ['spin_unlock'],
  mutex_unlock: ['mutex_lock'],
  spin_unlock: ['spin_lock'],
  up_read: ['down_read'],
  up_write: ['down_write'],
  refcount_dec_and_test: ['refcount_inc_not_zero', 'refcount_set', 'refcount_inc'],
  rcu_free: ['kfree_rcu'],
  wait_for_completion: ['complete'],
  schedule: ['wake_up'],
  free: ['alloc'],
};

const K = (name: string): number => KINDS.findIndex((k) => k.name === name);
const QUEUE_WORK = K('queue_work');
const WORK_START = K('work_start');
const PAGE_REQUEST = K('page_request');
const PAGE_RESPONSE = K('page_response');
const PRQ_ENQUEUE = K('prq_enqueue');
const RING_WAIT = K('ring_wait');
const WAIT_RESPONSE = K('wait_response');
/** By kind: the kinds that it answers to. */
const EARLIER: readonly (readonly number[])[] = KINDS.map((k) => (PAIRS[k.name] ?? []).map(K));
/** More kinds than there are: a thing and a kind make one number. */
const WIDTH = 256;

/** Collects flows as columns. */
class Flows {
  readonly from = new Numbers();
  readonly to = new Numbers();
  readonly kind = new Numbers();
  readonly kinds: string[] = [];
  private readonly ids = new Map<string, number>();

  add(from: number, to: number, kind: string): void {
    let id = this.ids.get(kind);
    if (id === undefined) {
      id = this.kinds.length;
      this.kinds.push(kind);
      this.ids.set(kind, id);
    }
    this.from.push(from);
    this.to.push(to);
    this.kind.push(id);
  }

  columns(): FlowColumns {
    const { from, to, kind, kinds } = this;
    return { from: from.array(), to: to.array(), kind: kind.array(), kinds };
  }
}

/** The last step of each kind on each thing. */
class LastSteps {
  private readonly pairs = new Numbering();
  private readonly steps = new Numbers();

  /** 0 for none. */
  of(thing: number, kind: number): number {
    const pair = this.pairs.of(thing * WIDTH + kind);
    return pair < this.steps.length ? this.steps.at(pair) : 0;
  }

  note(thing: number, kind: number, step: number): void {
    const pair = this.pairs.of(thing * WIDTH + kind);
    while (this.steps.length <= pair) this.steps.push(0);
    this.steps.set(pair, step);
  }
}

/** Flows of a run: its findings' own, lock hand-over, get and put, alloc and free, queue and start, request, response. */
export function flowsOf(run: RunColumns, findings: readonly FindingShape[]): FlowColumns {
  return joinFlows(findingFlows(findings), eventFlows(run));
}

function eventFlows(run: RunColumns): FlowColumns {
  const flows = new Flows();
  const last = new LastSteps();
  const queued = new Map<string, number>();
  const requests = new Map<string, number>();
  let enqueued: number[] = [];
  const names = EARLIER.map((list, k) => list.map((e) => `${KINDS[e]?.name} → ${KINDS[k]?.name}`));
  for (let i = 0; i < run.events; i++) {
    const step = i + 1;
    const kind = run.kind[i] as number;
    const thing = run.thing[i] as number;
    const earlier = EARLIER[kind] ?? [];
    for (let e = 0; e < earlier.length; e++) {
      const from = last.of(thing, earlier[e] as number);
      if (from === 0) continue;
      flows.add(from, step, names[kind]?.[e] as string);
      break;
    }
    if (kind === QUEUE_WORK) queued.set(text(run, i), step);
    else if (kind === WORK_START) {
      const from = queued.get(run.things[thing - 1]?.name ?? '');
      if (from !== undefined) flows.add(from, step, 'queue → start');
    } else if (kind === PAGE_REQUEST) requests.set(groupKey(run, i), step);
    else if (kind === PAGE_RESPONSE) {
      const from = requests.get(groupKey(run, i));
      if (from !== undefined) flows.add(from, step, 'request → response');
    } else if (kind === PRQ_ENQUEUE) enqueued.push(step);
    else if (kind === RING_WAIT) {
      for (const from of enqueued) flows.add(from, step, 'ring → thread');
      enqueued = [];
    } else if (kind === WAIT_RESPONSE) {
      const from = last.of(thing, PAGE_RESPONSE);
      if (from !== 0) flows.add(from, step, 'response → device');
    }
    last.note(thing, kind, step);
  }
  return flows.columns();
}

function text(run: RunColumns, i: number): string {
  return run.strings[run.value[i] as number] ?? '';
}

/** Requests and responses of one group: the device and the word `prgi=n`. */
function groupKey(run: RunColumns, i: number): string {
  return `${run.thing[i]}|${text(run, i).split(' ')[1]}`;
}

/** Links of findings: the access to the free, the free to the allocation. */
function findingFlows(findings: readonly FindingShape[]): FlowColumns {
  const flows = new Flows();
  for (const f of findings) {
    const steps = f.related.filter((r) => r.step > 0).sort((a, b) => b.step - a.step);
    let to = f.step;
    for (const r of steps) {
      if (r.step < to) flows.add(r.step, to, r.label);
      to = r.step;
    }
  }
  return flows.columns();
}

/** One list of flows after the other. */
function joinFlows(a: FlowColumns, b: FlowColumns): FlowColumns {
  const join = (x: Uint32Array, y: Uint32Array): Uint32Array => {
    const out = new Uint32Array(x.length + y.length);
    out.set(x);
    out.set(y, x.length);
    return out;
  };
  const kinds = [...a.kinds, ...b.kinds];
  const kind = join(
    a.kind,
    b.kind.map((k) => k + a.kinds.length),
  );
  return { from: join(a.from, b.from), to: join(a.to, b.to), kind, kinds };
}

/** The flows of a run by their ends: a step's own are found without looking at all. */
export class FlowIndex {
  private readonly byFrom: Uint32Array;
  private readonly byTo: Uint32Array;

  constructor(
    private readonly flows: FlowColumns,
    events: number,
  ) {
    this.byFrom = orderBy(flows.from, events);
    this.byTo = orderBy(flows.to, events);
  }

  /** Flows that begin (or end) at a step, in the order of their list. */
  private at(step: number, order: Uint32Array, keys: Uint32Array): FlowShape[] {
    let lo = countBelow((i) => keys[order[i] as number] as number, order.length, step);
    const out: FlowShape[] = [];
    for (; lo < order.length && keys[order[lo] as number] === step; lo++) {
      const f = order[lo] as number;
      const { from, to, kind, kinds } = this.flows;
      out.push({
        from: from[f] as number,
        to: to[f] as number,
        kind: kinds[kind[f] as number] ?? '',
      });
    }
    return out;
  }

  from(step: number): FlowShape[] {
    return this.at(step, this.byFrom, this.flows.from);
  }

  to(step: number): FlowShape[] {
    return this.at(step, this.byTo, this.flows.to);
  }
}

/** Numbers of the entries in the order of their keys: a counting sort, which keeps equal ones in order. */
function orderBy(keys: Uint32Array, most: number): Uint32Array {
  const starts = new Uint32Array(most + 2);
  for (let i = 0; i < keys.length; i++) {
    const k = Math.min(keys[i] as number, most);
    starts[k + 1] = (starts[k + 1] as number) + 1;
  }
  for (let i = 1; i < starts.length; i++)
    starts[i] = (starts[i] as number) + (starts[i - 1] as number);
  const out = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const k = Math.min(keys[i] as number, most);
    const at = starts[k] as number;
    out[at] = i;
    starts[k] = at + 1;
  }
  return out;
}

/**
 * The steps that `[` and `]` lead to from `step`, the most telling first: flows, then the nearest step of
 * another task on the same thing.
 */
export function linksOf(
  flows: FlowIndex,
  run: RunColumns,
  step: number,
  direction: -1 | 1,
): FlowShape[] {
  const end = (f: FlowShape): number => (direction < 0 ? f.from : f.to);
  const out: FlowShape[] = [];
  for (const f of direction < 0 ? flows.to(step) : flows.from(step)) {
    if (!out.some((known) => end(known) === end(f))) out.push(f);
  }
  const near = neighbour(run, step, direction);
  if (near > 0 && !out.some((f) => f.from === near || f.to === near)) {
    const kind = direction < 0 ? 'touched before by another task' : 'touched next by another task';
    out.push(direction < 0 ? { from: near, to: step, kind } : { from: step, to: near, kind });
  }
  return out;
}

function neighbour(run: RunColumns, step: number, direction: -1 | 1): number {
  const thing = run.thing[step - 1] ?? 0;
  const task = run.task[step - 1];
  if (thing === 0) return 0;
  for (let i = step - 1 + direction; i >= 0 && i < run.events; i += direction) {
    if (run.thing[i] === thing && run.task[i] !== task) return i + 1;
  }
  return 0;
}
