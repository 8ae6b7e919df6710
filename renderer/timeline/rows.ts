// The rows of the timeline: one data set in three groupings, with rows pinned, hidden and moved by hand.
import type { RunView } from '../../preload/contract/calls';
import type { TrackShape } from '../../preload/contract/shapes';
import { lowerBound } from '../base/search';

/** One row. Event rows have steps, the others a track of spans or points. */
export interface Row {
  readonly id: string;
  readonly name: string;
  readonly kind: 'events' | 'spans' | 'counter';
  /** What kind of thing it is about, for the separators. */
  readonly section: string;
  /** Ascending steps. */
  readonly steps: Uint32Array;
  readonly track: TrackShape | null;
  /** Largest value of each block of `BLOCK` points, for counters with many. */
  readonly peaks: Float64Array | null;
  readonly max: number;
}

export type Grouping = 'task' | 'cpu' | 'object';

/** Points of a counter that share a peak. */
export const BLOCK = 64;
const NO_STEPS = new Uint32Array(0);
const ORDER: readonly string[] = ['device', 'irq-thread', 'worker', 'process', 'user', 'rcu'];

function rankOf(t: TrackShape): number {
  const at = ORDER.indexOf(t.group);
  return at < 0 ? ORDER.length : at;
}

/** Collect the events of each key, ascending. */
function stepsBy(view: RunView, keys: number, keyOf: (i: number) => number): Uint32Array[] {
  const { events } = view.columns;
  const counts = new Uint32Array(keys);
  for (let i = 0; i < events; i++) {
    const k = keyOf(i);
    if (k >= 0) counts[k] = (counts[k] as number) + 1;
  }
  const lists = Array.from(counts, (n) => new Uint32Array(n));
  counts.fill(0);
  for (let i = 0; i < events; i++) {
    const k = keyOf(i);
    if (k < 0) continue;
    const n = counts[k] as number;
    (lists[k] as Uint32Array)[n] = i + 1;
    counts[k] = n + 1;
  }
  return lists;
}

function eventRow(id: string, name: string, section: string, steps: Uint32Array): Row {
  return { id, name, kind: 'events', section, steps, track: null, peaks: null, max: 0 };
}

function trackRow(t: TrackShape): Row {
  if (t.kind !== 'counter') {
    const base = { id: t.id, name: t.name, section: t.kind, steps: NO_STEPS, track: t };
    return { ...base, kind: 'spans', peaks: null, max: 0 };
  }
  const blocks = Math.ceil(t.value.length / BLOCK);
  const peaks = new Float64Array(blocks);
  let max = 1;
  for (let i = 0; i < t.value.length; i++) {
    const v = t.value[i] as number;
    const b = Math.floor(i / BLOCK);
    if (v > (peaks[b] as number)) peaks[b] = v;
    if (v > max) max = v;
  }
  const base = { id: t.id, name: t.name, section: t.kind, steps: NO_STEPS, track: t };
  return { ...base, kind: 'counter', peaks, max };
}

/** Every row of a run in the order of reading. */
export function allRows(view: RunView, grouping: Grouping): Row[] {
  const { columns: run } = view;
  const tracks = view.tracks.filter((t) => t.kind !== 'task');
  const sorts = ['lock', 'counter', 'object'];
  const below = [...tracks]
    .sort((a, b) => sorts.indexOf(a.kind) - sorts.indexOf(b.kind))
    .map(trackRow);
  const tasks = view.tracks.filter((t) => t.kind === 'task');
  if (grouping === 'object') return [...objectRows(view), ...below];
  if (grouping === 'cpu') return [...cpuRows(view, tasks), ...below];
  const steps = stepsBy(view, run.tasks.length, (i) => run.task[i] as number);
  const sorted = [...tasks].sort((a, b) => rankOf(a) - rankOf(b) || a.task - b.task);
  const rows = sorted.map((t) => eventRow(t.id, t.name, 'task', steps[t.task] ?? NO_STEPS));
  return [...rows, ...below];
}

/** Devices by themselves, then the CPUs that the run needs. */
function cpuRows(view: RunView, tasks: readonly TrackShape[]): Row[] {
  const { columns: run } = view;
  const cpus = Math.max(-1, ...tasks.map((t) => t.cpu)) + 1;
  const devices = tasks.filter((t) => t.cpu < 0);
  const rowOf = new Int32Array(run.tasks.length);
  devices.forEach((t, i) => {
    rowOf[t.task] = i;
  });
  for (const t of tasks) if (t.cpu >= 0) rowOf[t.task] = devices.length + t.cpu;
  const steps = stepsBy(view, devices.length + cpus, (i) => rowOf[run.task[i] as number] as number);
  const names = [
    ...devices.map((t) => t.name),
    ...Array.from({ length: cpus }, (_, c) => `CPU${c}`),
  ];
  return names.map((name, i) => eventRow(`cpu:${name}`, name, 'task', steps[i] ?? NO_STEPS));
}

/** One row for each memory object: the events that touch it or what lies in it. */
function objectRows(view: RunView): Row[] {
  const { columns: run } = view;
  const homes = new Map<string, number>();
  const homeOf = run.things.map((t) => {
    if (t.kind === 'task') return -1;
    const home = t.container === '' ? t.name : t.container;
    const known = homes.get(home) ?? homes.size;
    homes.set(home, known);
    return known;
  });
  const steps = stepsBy(view, homes.size, (i) => {
    const thing = run.thing[i] as number;
    return thing === 0 ? -1 : (homeOf[thing - 1] as number);
  });
  return [...homes.keys()]
    .map((name, i) => eventRow(`home:${name}`, name, 'task', steps[i] ?? NO_STEPS))
    .filter((r) => r.steps.length > 0);
}

/** The rows to be shown: pinned ones first, hidden ones not, moved ones where they were put. */
export function arrange(
  rows: readonly Row[],
  pinned: readonly string[],
  hidden: readonly string[],
  order: readonly string[],
): { pinned: Row[]; rest: Row[] } {
  const place = new Map(order.map((id, i) => [id, i]));
  const seen = rows.filter((r) => !hidden.includes(r.id));
  const sorted = seen
    .map((r, i) => ({ r, at: place.get(r.id) ?? order.length + i }))
    .sort((a, b) => a.at - b.at)
    .map((x) => x.r);
  return {
    pinned: pinned.flatMap((id) => sorted.filter((r) => r.id === id)),
    rest: sorted.filter((r) => !pinned.includes(r.id)),
  };
}

/** The event row that a step is on. */
export function rowOfStep(rows: readonly Row[], step: number): number {
  return rows.findIndex((r) => r.kind === 'events' && has(r.steps, step));
}

function has(steps: Uint32Array, step: number): boolean {
  return steps[lowerBound(steps, step)] === step;
}
