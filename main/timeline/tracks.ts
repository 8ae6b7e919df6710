// Tracks: what the timeline draws below the tasks, as columns. Locks as spans of their owner, counts and
// depths as steps, objects as lifetimes; and the CPUs that a run needs.
import type { RunColumns, TrackShape } from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';
import { Numbers, slimNumbers } from './columns';

const COUNTERS = new Set(['count', 'users', 'depth', 'credits', 'readers', 'queued', 'running']);
const NONE = new Uint32Array(0);
const NO_VALUES = new Float64Array(0);

/** Spans of one thing while they are collected; a span that is still open ends with the run. */
class Spans {
  readonly from = new Numbers();
  readonly to = new Numbers();
  readonly text = new Numbers();
  private open = false;

  /** From `step` on it is `text` (an index into the run's strings); 0 ends what was. */
  note(step: number, text: number): void {
    if (this.open) this.to.push(step);
    this.open = text !== 0;
    if (!this.open) return;
    this.from.push(step);
    this.text.push(text);
  }

  end(step: number): void {
    if (this.open) this.to.push(step);
    this.open = false;
  }
}

interface Counter {
  readonly key: string;
  readonly name: string;
  readonly group: string;
  readonly at: Numbers;
  readonly value: number[];
}

/** What the timeline draws beside the events. */
export function tracksOf(run: RunColumns): TrackShape[] {
  const cpus = cpusOf(run);
  const tracks: TrackShape[] = run.tasks.map((t, id) => ({
    id: `task:${t.name}`,
    kind: 'task' as const,
    name: t.name,
    group: t.context,
    task: id,
    cpu: cpus[id] as number,
    from: NONE,
    to: NONE,
    text: NONE,
    at: NONE,
    value: NO_VALUES,
  }));
  const locks = new Map<number, Spans>();
  const lives = new Map<number, Spans>();
  const counters = new Map<number, Counter>();
  const empty = (id: number): boolean => run.strings[id] === 'NULL' || run.strings[id] === '';
  const owner = run.strings.indexOf('owner');
  const state = run.strings.indexOf('state');
  const freed = run.strings.indexOf('freed');
  /** By string: is a field of this name drawn as a count? */
  const counted = Uint8Array.from(run.strings, (s) => (COUNTERS.has(s) ? 1 : 0));
  const width = run.strings.length;
  for (let i = 0; i <= run.events; i++) {
    const from = i === 0 ? 0 : (run.deltaStart[i - 1] ?? 0);
    const to = run.deltaStart[i] ?? 0;
    for (let d = from; d < to; d++) {
      const id = run.deltaThing[d] as number;
      const field = run.deltaField[d] as number;
      const value = run.deltaNew[d] as number;
      if (field === owner) spansOf(locks, id).note(i, empty(value) ? 0 : value);
      else if (field === state && run.things[id - 1]?.kind === 'object') {
        spansOf(lives, id).note(i, value === freed || empty(value) ? 0 : value);
      } else if (counted[field] === 1) {
        const c = counterOf(counters, run, id, field, width);
        if (c.value.length === 0 && i > 0) {
          c.at.push(0);
          c.value.push(Number(run.strings[run.deltaOld[d] as number]) || 0);
        }
        const n = Number(run.strings[value]);
        c.at.push(i);
        c.value.push(Number.isFinite(n) ? n : 0);
      }
    }
  }
  addSpans(tracks, run, locks, 'lock');
  addSpans(tracks, run, lives, 'object');
  for (const c of counters.values()) {
    if (c.value.length < 2) continue;
    tracks.push({
      id: `counter:${c.key}`,
      kind: 'counter',
      name: c.name,
      group: c.group,
      task: -1,
      cpu: -1,
      from: NONE,
      to: NONE,
      text: NONE,
      at: c.at.array(),
      value: slimNumbers(Float64Array.from(c.value)),
    });
  }
  return tracks;
}

function spansOf(all: Map<number, Spans>, id: number): Spans {
  let spans = all.get(id);
  if (spans === undefined) {
    spans = new Spans();
    all.set(id, spans);
  }
  return spans;
}

function counterOf(
  all: Map<number, Counter>,
  run: RunColumns,
  id: number,
  field: number,
  width: number,
): Counter {
  const known = all.get(id * width + field);
  if (known !== undefined) return known;
  const thing = run.things[id - 1];
  const word = run.strings[field] as string;
  const key = `${thing?.name ?? '?'}.${word}`;
  const name = word === 'count' ? (thing?.name ?? '?') : key;
  const made = { key, name, group: thing?.kind ?? '', at: new Numbers(), value: [] };
  all.set(id * width + field, made);
  return made;
}

function addSpans(
  tracks: TrackShape[],
  run: RunColumns,
  all: Map<number, Spans>,
  kind: 'lock' | 'object',
): void {
  for (const [id, spans] of all) {
    const thing = run.things[id - 1];
    spans.end(run.events + 1);
    if (thing === undefined || spans.from.length === 0) continue;
    tracks.push({
      id: `${kind}:${thing.name}`,
      kind,
      name: thing.name,
      group: thing.kind,
      task: -1,
      cpu: -1,
      from: spans.from.array(),
      to: spans.to.array(),
      text: spans.text.array(),
      at: NONE,
      value: NO_VALUES,
    });
  }
}

/**
 * The CPU of each task, -1 for devices: tasks whose lives overlap have different ones, so that the number
 * of CPUs is what the run needs at least when nothing is preempted.
 */
export function cpusOf(run: RunColumns): Int32Array {
  const first = new Int32Array(run.tasks.length).fill(-1);
  const last = new Int32Array(run.tasks.length).fill(-1);
  for (let i = 0; i < run.events; i++) {
    const t = run.task[i] as number;
    if (first[t] === -1) first[t] = i;
    last[t] = i;
  }
  const out = new Int32Array(run.tasks.length).fill(-1);
  const order = [...run.tasks.keys()]
    .filter((t) => (first[t] as number) >= 0 && run.tasks[t]?.context !== 'device')
    .sort((a, b) => (first[a] as number) - (first[b] as number) || a - b);
  const busyUntil: number[] = [];
  for (const t of order) {
    let cpu = busyUntil.findIndex((end) => end < (first[t] as number));
    if (cpu < 0) cpu = busyUntil.length;
    busyUntil[cpu] = last[t] as number;
    out[t] = cpu;
  }
  return out;
}

/** The vocabulary as it travels with a run. */
export function vocabulary() {
  return KINDS.map(({ id, name, family, access, text }) => ({ id, name, family, access, text }));
}
