// The events of one execution with their happens-before order, as vector clocks.
import { type BareArray, bareArray } from '../core/bare-array';
import {
  ACQUIRE,
  AWAIT,
  EMPTY,
  type Footprint,
  LACK,
  READ,
  RELEASE,
  TAKE,
  VACATE,
  WRITE,
} from '../core/footprint';
import { twice } from '../core/twice';

/** Tasks that a table can tell apart. */
export const TASK_LIMIT = 64;
/** Events that there is room for in the beginning; it doubles. */
export const ROOM = 256;

export const NONE: readonly number[] = [];

/** Of accesses in this mode by the same task, does only the last one matter, and no other access less? */
function replacesOwn(mode: number): boolean {
  return mode === READ || mode === LACK || mode === EMPTY || mode === AWAIT;
}

/** Does an access still matter to later ones when another in `mode` has come after it? @param same by the same task */
export function stillMatters(earlier: number, mode: number, same: boolean): boolean {
  switch (mode) {
    case WRITE:
    case TAKE:
    case ACQUIRE:
    case VACATE:
      return false;
    case RELEASE:
      return same && earlier === ACQUIRE;
    default:
      return !same || earlier !== mode || !replacesOwn(mode);
  }
}

/**
 * The vector clocks of the events of one execution. Numbers are in typed arrays, and the rest in bare ones: see
 * `core/bare-array.ts`.
 */
export abstract class Clocks {
  /** Number of events. */
  n = 0;
  /** Task of each event, numbered by `task`. */
  proc = new Int32Array(ROOM);
  /** How many events of its task there are up to this one. */
  own = new Int32Array(ROOM);
  /** Key of each task, by number. */
  readonly keys: number[] = [];
  protected clocks = new Int32Array(ROOM * TASK_LIMIT);
  protected readonly lastOf = new Int32Array(TASK_LIMIT);
  private readonly numbers = new Map<number, number>();
  protected readonly spawner = new Int32Array(TASK_LIMIT);
  protected barrierAt = -1;

  /** Number of a task. @throws Error when there are too many tasks */
  task(key: number): number {
    const known = this.numbers.get(key);
    if (known !== undefined) return known;
    const p = this.keys.length;
    if (p >= TASK_LIMIT) throw new TooManyTasks();
    this.numbers.set(key, p);
    this.keys.push(key);
    this.lastOf[p] = -1;
    this.spawner[p] = -1;
    // The rows of earlier events may still hold another execution's numbers in this column.
    for (let e = 0; e < this.n; e++) this.clocks[e * TASK_LIMIT + p] = 0;
    return p;
  }

  /** Forget the tasks and their numbers. */
  protected forgetTasks(): void {
    this.numbers.clear();
    this.keys.length = 0;
  }

  /** Task `p` was started by event `e`; by none for -1. */
  spawned(p: number, e: number): void {
    this.spawner[p] = e;
  }

  /** Everything before event `e` comes before everything from it on. */
  barrier(e: number): void {
    this.barrierAt = e;
  }

  /**
   * The next event, of task `p`: it comes after those of its own task.
   * @returns its number
   */
  protected next(p: number): number {
    const e = this.n++;
    const row = e * TASK_LIMIT;
    if (row + TASK_LIMIT > this.clocks.length) this.grow();
    const previous = this.lastOf[p] as number;
    const own = previous < 0 ? 1 : (this.own[previous] as number) + 1;
    this.proc[e] = p;
    this.own[e] = own;
    this.lastOf[p] = e;
    this.inherit(this.clocks, row, e, p, previous);
    this.clocks[row + p] = own;
    return e;
  }

  protected grow(): void {
    this.proc = twice(this.proc);
    this.own = twice(this.own);
    this.clocks = twice(this.clocks);
  }

  /** The clock a task has before the event: of its last event, its starter, the set-up. */
  protected inherit(into: Int32Array, row: number, e: number, p: number, previous: number): void {
    const { clocks } = this;
    const n = this.keys.length;
    const from = previous >= 0 ? previous : (this.spawner[p] as number);
    if (from >= 0 && from < e) {
      const other = from * TASK_LIMIT;
      for (let i = 0; i < n; i++) into[row + i] = clocks[other + i] as number;
    } else {
      for (let i = 0; i < n; i++) into[row + i] = 0;
    }
    if (this.barrierAt >= 0 && previous < this.barrierAt && e >= this.barrierAt) {
      for (let b = 0; b < this.barrierAt; b++) {
        const q = this.proc[b] as number;
        if ((into[row + q] as number) < (this.own[b] as number)) {
          into[row + q] = this.own[b] as number;
        }
      }
    }
  }

  protected join(into: number, from: number): void {
    const { clocks } = this;
    const n = this.keys.length;
    for (let i = 0; i < n; i++) {
      const v = clocks[from + i] as number;
      if (v > (clocks[into + i] as number)) clocks[into + i] = v;
    }
  }
}

/** Events of one execution with what they touched. The last ones can be taken back. */
export abstract class EventClocks extends Clocks {
  readonly footprint: BareArray<Footprint> = bareArray();
  /** Answers to the fault choices of each event. */
  readonly options: BareArray<readonly number[]> = bareArray();
  /** Previous event of the same task, or -1. */
  protected previous = new Int32Array(ROOM);

  /**
   * The accesses that matter to later ones, as event * 16 + mode, each with the one before it at the same place; 0 for
   * none. Lists share what they have in common, so that the last events are taken back by forgetting the end.
   */
  protected entries = new Int32Array(ROOM);
  protected earlier = new Int32Array(ROOM);
  private used = 1;
  /** Per place: its latest access that matters. */
  private touched = new Int32Array(ROOM);
  /** What has been changed, and what was there before: of `touched` by place, of `entries` by `~` its index. */
  private undoSlot = new Int32Array(ROOM);
  private undoValue = new Int32Array(ROOM);
  private undone = 0;
  /** Per event: how much of them there was before it. */
  private usedFrom = new Int32Array(ROOM);
  private undoFrom = new Int32Array(ROOM);

  /** Forget everything, the numbers of tasks included. */
  clear(): void {
    this.truncate(0);
    this.forgetTasks();
  }

  /** How many events of task `p` come before event `e`, itself included. */
  clock(e: number, p: number): number {
    return this.clocks[e * TASK_LIMIT + p] as number;
  }

  /** Does event `a` come before event `b` in every equivalent execution? */
  before(a: number, b: number): boolean {
    const p = this.proc[a] as number;
    return (this.clocks[b * TASK_LIMIT + p] as number) >= (this.own[a] as number);
  }

  /** Previous event of task `p`, or -1. */
  last(p: number): number {
    return this.lastOf[p] as number;
  }

  /** The next event. @returns its number */
  protected begin(p: number, footprint: Footprint, options: readonly number[]): number {
    const previous = this.lastOf[p] as number;
    const e = this.next(p);
    this.previous[e] = previous;
    this.footprint[e] = footprint;
    this.options[e] = options;
    this.undoFrom[e] = this.undone;
    this.usedFrom[e] = this.used;
    return e;
  }

  /** Take back all events from `n` on. */
  truncate(n: number): void {
    for (let e = this.n - 1; e >= n; e--) {
      this.lastOf[this.proc[e] as number] = this.previous[e] as number;
      const from = this.undoFrom[e] as number;
      for (let u = this.undone - 1; u >= from; u--) {
        const slot = this.undoSlot[u] as number;
        if (slot >= 0) this.touched[slot] = this.undoValue[u] as number;
        else this.entries[~slot] = this.undoValue[u] as number;
      }
      this.undone = from;
      this.used = this.usedFrom[e] as number;
    }
    this.n = n;
    if (this.barrierAt > n) this.barrierAt = -1;
  }

  protected override grow(): void {
    super.grow();
    this.previous = twice(this.previous);
    this.usedFrom = twice(this.usedFrom);
    this.undoFrom = twice(this.undoFrom);
  }

  /** The latest access to a place that matters: where it is in `entries`, or 0. */
  protected latest(place: number): number {
    return place < this.touched.length ? (this.touched[place] as number) : 0;
  }

  /** The accesses to a place that mattered before event `c`, if that has touched it; as event * 16 + mode. */
  protected touchedBefore(c: number, place: number): number[] {
    const out: number[] = [];
    if (!(this.footprint[c] as Footprint).some((touch) => touch >>> 4 === place)) return out;
    const latest = this.valueBefore(c, place, this.latest(place));
    for (let i = latest; i !== 0; i = this.earlier[i] as number) {
      out.push(this.valueBefore(c, ~i, this.entries[i] as number));
    }
    return out;
  }

  /** What was in a slot before event `c`. @param now what is there */
  private valueBefore(c: number, slot: number, now: number): number {
    for (let u = this.undoFrom[c] as number; u < this.undone; u++) {
      if (this.undoSlot[u] === slot) return this.undoValue[u] as number;
    }
    return now;
  }

  protected noteAll(e: number, p: number, footprint: Footprint): void {
    for (let i = 0; i < footprint.length; i++) this.note(e, p, footprint[i] as number);
  }

  /** Remember an access for the events to come. */
  private note(e: number, p: number, touch: number): void {
    const place = touch >>> 4;
    const mode = touch & 15;
    while (place >= this.touched.length) this.touched = twice(this.touched);
    const old = this.touched[place] as number;
    const replaces = replacesOwn(mode);
    const own = replaces ? this.find(old, mode, p) : 0;
    if (own !== 0) {
      this.willChange(~own, this.entries[own] as number);
      this.entries[own] = e * 16 + mode;
      return;
    }
    this.willChange(place, old);
    const before = replaces ? old : this.whatMatters(old, mode, p);
    this.touched[place] = this.enter(e * 16 + mode, before);
  }

  private willChange(slot: number, value: number): void {
    if (this.undone === this.undoSlot.length) {
      this.undoSlot = twice(this.undoSlot);
      this.undoValue = twice(this.undoValue);
    }
    this.undoSlot[this.undone] = slot;
    this.undoValue[this.undone++] = value;
  }

  /** The access in this mode by task `p` in the list from `i` on, or 0. */
  private find(i: number, mode: number, p: number): number {
    for (let k = i; k !== 0; k = this.earlier[k] as number) {
      const entry = this.entries[k] as number;
      if ((entry & 15) === mode && this.proc[entry >>> 4] === p) return k;
    }
    return 0;
  }

  private enter(entry: number, before: number): number {
    if (this.used === this.entries.length) {
      this.entries = twice(this.entries);
      this.earlier = twice(this.earlier);
    }
    this.entries[this.used] = entry;
    this.earlier[this.used] = before;
    return this.used++;
  }

  /** The list from `from` on without what no longer matters after an access in `mode` by task `p`. */
  private whatMatters(from: number, mode: number, p: number): number {
    let last = 0;
    for (let i = from; i !== 0; i = this.earlier[i] as number) {
      if (!this.matters(i, mode, p)) last = i;
    }
    if (last === 0) return from;
    const rest = this.earlier[last] as number;
    let first = rest;
    let end = 0;
    for (let i = from; i !== last; i = this.earlier[i] as number) {
      if (!this.matters(i, mode, p)) continue;
      const copy = this.enter(this.entries[i] as number, rest);
      if (end === 0) first = copy;
      else this.earlier[end] = copy;
      end = copy;
    }
    return first;
  }

  private matters(i: number, mode: number, p: number): boolean {
    const entry = this.entries[i] as number;
    return stillMatters(entry & 15, mode, this.proc[entry >>> 4] === p);
  }
}

/** More tasks in one run than the table can tell apart. */
export class TooManyTasks extends Error {
  constructor() {
    super(`more than ${TASK_LIMIT} tasks in one experiment`);
    this.name = 'TooManyTasks';
  }
}
