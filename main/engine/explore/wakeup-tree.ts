// Wake-up trees: what is still to be explored from a node, as sequences of events that each lead to
// a trace not seen before (Abdulla et al., JACM 2017, section 5).
import { dependent, type Footprint } from '../core/footprint';
import type { Task } from '../core/task';
import { twice } from '../core/twice';
import { NONE, ROOM } from './clocks';
import type { EventTable } from './happens-before';

/** One event of a sequence to be explored, with what follows it. */
export interface Branch {
  /** Task number in the event table. */
  readonly proc: number;
  /** Answers to its fault choices, as far as they are fixed. Replaced, never changed. */
  options: readonly number[];
  /** What it touched when it was seen; null when it has not been performed with these answers. */
  readonly footprint: Footprint | null;
  children: Branch[];
  /** It has been waited for, and may turn out not to be possible here: nothing is explored through it but itself. */
  readonly unsure?: boolean;
}

/** Shared by all events that make no fault choice. */
export const NO_CHOICE: readonly number[] = [];
/** What follows an event after which anything may be explored; shared, never changed. */
export const NO_BRANCHES: Branch[] = [];

/** An event that need not be explored from here: everything it leads to has been. */
export interface Sleeper {
  readonly proc: number;
  readonly options: readonly number[];
  /** Number of answers there were to each fault choice. */
  readonly widths: readonly number[];
  readonly footprint: Footprint;
  /**
   * It is explored by another part of the search, whose races never come back here: only what really
   * begins with it is covered. Within one search, what it could come before is explored through it,
   * and what it comes after through its races.
   */
  readonly elsewhere?: boolean;
}

/** Nothing sleeps; shared. */
export const NO_SLEEP: readonly Sleeper[] = [];

/** What goes on sleeping when a task has performed an event with this footprint. */
export function stillAsleep(
  sleep: readonly Sleeper[],
  proc: number,
  footprint: Footprint,
): readonly Sleeper[] {
  let n = 0;
  while (n < sleep.length && sleepsOn(sleep[n] as Sleeper, proc, footprint)) n++;
  // Lists of sleepers are replaced, never changed: where all sleep on, it is the same one.
  if (n === sleep.length) return sleep;
  const out = sleep.slice(0, n);
  for (let i = n + 1; i < sleep.length; i++) {
    const s = sleep[i] as Sleeper;
    if (sleepsOn(s, proc, footprint)) out.push(s);
  }
  return out.length === 0 ? NO_SLEEP : out;
}

function sleepsOn(s: Sleeper, proc: number, footprint: Footprint): boolean {
  return s.proc !== proc && !dependent(s.footprint, footprint);
}

/** Last event of no execution: what has been found rests on all of this one. */
export const ALL_OF_IT = 0x3fffffff;
/** It is not covered. */
export const UNCOVERED = -0x40000000;

/** Events that are to come first, and what each of them touches when they do: the first `n` entries. */
export class Sequence {
  /** A buffer: stores into a plain array take longer, see `Clocks`. */
  events = new Int32Array(ROOM);
  n = 0;
  /** What they touch where that is something else than it was; empty where it is the same for all. */
  readonly changed = new Map<number, Footprint>();
  /** The race that is reversed: the event that is left out, and the last of the sequence. */
  first = 0;
  later = 0;
  /** Events that are left out beside the first, with what follows them; mostly none. */
  without: readonly number[] = NONE;
  /** What was taken out of the sequence could be as long as the execution stays the same up to this event. */
  until = 0;
  /** Has the event that was taken out last touched what the branch has foreseen? */
  isAsForeseen = true;
  /** Is the last of it kept from covering something by what it has touched, which may be something else reversed? */
  doubted = false;

  /** Is it nothing but the events that do not follow the first, as they are? */
  get isPlain(): boolean {
    return this.changed.size === 0 && this.without === NONE;
  }

  /** Begin the reversal of a race. */
  begin(first: number, later: number): void {
    this.n = 0;
    if (this.changed.size > 0) this.changed.clear();
    this.first = first;
    this.later = later;
    this.without = NONE;
    this.until = later;
    this.doubted = false;
  }

  add(e: number): void {
    if (this.n === this.events.length) this.events = twice(this.events);
    this.events[this.n++] = e;
  }
}

function isPrefix(a: readonly number[], b: readonly number[]): boolean {
  if (a.length > b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/**
 * Position of the first event of a task, if nothing in the sequence comes before it; -1 if it has
 * none, -2 if something does.
 */
function initialAt(table: EventTable, v: Sequence, proc: number): number {
  const { events, first, later } = v;
  for (let i = 0; i < v.n; i++) {
    const f = events[i] as number;
    if (table.proc[f] !== proc) continue;
    for (let k = 0; k < i; k++) {
      const g = events[k] as number;
      const comes = f === later ? table.beforeReversed(g, first, f) : table.before(g, f);
      if (!comes) continue;
      v.doubted ||= f === later;
      return -2;
    }
    return i;
  }
  return -1;
}

/** What an event of a sequence touches when it comes first. */
function touches(table: EventTable, v: Sequence, e: number): Footprint {
  const changed = v.changed.size === 0 ? undefined : v.changed.get(e);
  return changed ?? (table.footprint[e] as Footprint);
}

function independentOfAll(table: EventTable, v: Sequence, f: Footprint, n = v.n): boolean {
  for (let i = 0; i < n; i++) {
    if (dependent(f, touches(table, v, v.events[i] as number))) return false;
  }
  return true;
}

/**
 * An event of the sequence comes first as far as can be told from the run, in which it may have touched something
 * else. Does it come first with this footprint, which it had when it was performed here? What it does not commute
 * with then wakes it.
 */
function isFirst(table: EventTable, v: Sequence, at: number, f: Footprint | null): boolean {
  return at === 0 || f === null || independentOfAll(table, v, f, at);
}

/**
 * Does an event that sleeps before event `e`, or is to be explored there, come first in the reversal
 * of the race of `e` and `later`? Then all that the reversal leads to is explored through it, and as
 * long as `later` stays this stays so, whatever comes after: the race is settled.
 */
export function isSettled(
  table: EventTable,
  e: number,
  later: number,
  sleep: readonly Sleeper[],
  branches: readonly Branch[],
): boolean {
  for (let i = 0; i < sleep.length; i++) {
    const s = sleep[i] as Sleeper;
    const f = firstInReversal(table, e, later, s.proc);
    if (f < 0 || !stays(table, e, f, later, s.footprint)) continue;
    const options = table.options[f] as readonly number[];
    if (s.options.length === options.length && isPrefix(s.options, options)) return true;
  }
  for (let i = 1; i < branches.length; i++) {
    const b = branches[i] as Branch;
    // One that prescribes what follows may prescribe something else than the reversal needs.
    if (b.children.length > 0) continue;
    const f = firstInReversal(table, e, later, b.proc);
    if (f < 0 || b.footprint === null || !stays(table, e, f, later, b.footprint)) continue;
    if (isPrefix(b.options, table.options[f] as readonly number[])) return true;
  }
  return false;
}

/**
 * Does event `f` of the reversal stay the first there with this footprint, which it had when it was performed here?
 * All that does not come after event `e` comes before the last of the reversal, what is still to come included.
 */
function stays(
  table: EventTable,
  e: number,
  f: number,
  later: number,
  footprint: Footprint,
): boolean {
  if (isSame(footprint, table.footprint[f] as Footprint)) return true;
  if (f === later) return false;
  for (let g = e + 1; g < f; g++) {
    if (!table.before(e, g) && dependent(footprint, table.footprint[g] as Footprint)) return false;
  }
  return true;
}

function isSame(a: Footprint, b: Footprint): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The first event of a task in the reversal, up to `later`, if nothing there comes before it; or -1. */
function firstInReversal(table: EventTable, e: number, later: number, proc: number): number {
  let f = e + 1;
  while (f <= later && table.proc[f] !== proc) f++;
  if (f > later || (f !== later && table.before(e, f))) return -1;
  for (let g = e + 1; g < f; g++) {
    if (table.before(e, g)) continue;
    if (f === later ? table.beforeReversed(g, e, f) : table.before(g, f)) return -1;
  }
  return f;
}

/**
 * Has everything that `v` leads to been explored through an event that sleeps?
 *
 * One that is no part of `v` covers it if it could come first. What it comes after instead is explored
 * because its races with that are reversed, and such a reversal foresees what the other event touches
 * from what it touched in the old order. Where event `first` of `v` is known to touch different things
 * in different orders (`fickle`), nothing rests on that.
 * @returns the event up to which executions can be the same and it is covered; for one that is no part of `v`, `~` its
 *   number: see `staysCovered`; or `UNCOVERED`
 */
export function coveredUntil(
  table: EventTable,
  v: Sequence,
  sleep: readonly Sleeper[],
  fickle: boolean,
): number {
  const f = table.footprint[v.first] as Footprint;
  for (let i = 0; i < sleep.length; i++) {
    const s = sleep[i] as Sleeper;
    const at = initialAt(table, v, s.proc);
    if (at === -1) {
      if (s.elsewhere === true || (fickle && dependent(s.footprint, f))) continue;
      if (!independentOfAll(table, v, s.footprint)) continue;
      return v.isPlain ? ~i : ALL_OF_IT;
    } else if (at >= 0 && isFirst(table, v, at, s.footprint)) {
      const e = v.events[at] as number;
      const options = table.options[e] as readonly number[];
      if (s.options.length !== options.length || !isPrefix(s.options, options)) continue;
      // The last of the reversal comes after all else.
      return e === v.later ? ALL_OF_IT : Math.max(e, v.later);
    }
  }
  return UNCOVERED;
}

/**
 * Does an event that sleeps before event `e`, and was no part of a reversal of its races that it covered, still cover it,
 * when the events from `from` on are others?
 */
export function staysCovered(table: EventTable, e: number, s: Sleeper, from: number): boolean {
  for (let k = from; k < table.n; k++) {
    if (table.before(e, k)) continue;
    if (table.proc[k] === s.proc) return false;
    if (dependent(s.footprint, table.footprint[k] as Footprint)) return false;
  }
  return true;
}

/**
 * Put a sequence of events into the tree below `branches`, unless a sequence there covers it. Uses the
 * sequence up.
 * @param first index of the first branch that may cover it
 * @returns the event up to which executions can be the same and the reversal of this race is covered
 */
export function insert(table: EventTable, v: Sequence, branches: Branch[], first: number): number {
  let level = branches;
  let from = first;
  for (;;) {
    const next = covering(table, v, level, from);
    if (next === null) break;
    // What waits here, or touches something else now, may keep others from being explored through what sleeps: it does
    // not stand for all that follows.
    const isLast = next.children.length === 0;
    const isFirm = next.unsure !== true && v.isAsForeseen;
    if (isLast && (v.n === 0 || isFirm)) return isFirm ? v.until : ALL_OF_IT;
    if (isLast) next.children = [];
    level = next.children;
    from = 0;
  }
  let branch: Branch | null = null;
  for (let i = v.n - 1; i >= 0; i--) {
    const e = v.events[i] as number;
    branch = {
      proc: table.proc[e] as number,
      options: table.options[e] as readonly number[],
      footprint: touches(table, v, e),
      children: branch === null ? NO_BRANCHES : [branch],
      unsure: e === v.later && table.isUnsure(v.first, e),
    };
  }
  if (branch !== null) level.push(branch);
  return ALL_OF_IT;
}

/** What is explored in place of the first of those foreseen, which cannot be, and the others. */
export function instead(chosen: readonly Branch[], foreseen: readonly Branch[]): Branch[] {
  const { proc } = chosen[0] as Branch;
  const others = foreseen.slice(1).filter((b) => b.proc !== proc || b.options.length > 0);
  return [...chosen, ...others];
}

/** Take one event out. */
function takeOut(v: Sequence, at: number): void {
  const { events } = v;
  v.n--;
  for (let i = at; i < v.n; i++) {
    events[i] = events[i + 1] as number;
  }
}

/** The first branch through which the sequence can go; its event is taken out of the sequence. */
function covering(
  table: EventTable,
  v: Sequence,
  level: readonly Branch[],
  from: number,
): Branch | null {
  for (let i = from; i < level.length; i++) {
    const b = level[i] as Branch;
    const at = initialAt(table, v, b.proc);
    if (at === -2) continue;
    if (at === -1) {
      if (b.footprint === null || b.unsure === true) continue;
      if (!independentOfAll(table, v, b.footprint)) continue;
      v.until = ALL_OF_IT;
      v.isAsForeseen = true;
      return b;
    }
    const e = v.events[at] as number;
    if (!isFirst(table, v, at, b.footprint)) continue;
    if (!isPrefix(b.options, table.options[e] as readonly number[])) continue;
    if (e > v.until) v.until = e;
    v.isAsForeseen = b.footprint === null || isSame(b.footprint, touches(table, v, e));
    takeOut(v, at);
    return b;
  }
  return null;
}

/** The answers to one more fault choice of an event that neither sleep nor are to be explored already, of `n`. */
export function openAnswers(
  sleep: readonly Sleeper[],
  branches: readonly Branch[],
  { proc, options }: Branch,
  n: number,
): number[] {
  const open: number[] = [];
  for (let o = 0; o < n; o++) {
    const answers = [...options, o];
    if (!asleep(sleep, proc, answers) && !isForeseen(branches, proc, answers)) open.push(o);
  }
  return open;
}

/**
 * Explore the other answers of the first branch next: what is explored in between would sleep then, and what it comes
 * after instead would be left to these, which leave it to what sleeps.
 * @param before the answers that they have in common
 * @param others the next one of each
 */
export function answeredNext(
  branches: readonly Branch[],
  before: readonly number[],
  others: readonly number[],
): Branch[] {
  const [first, ...later] = branches as [Branch, ...Branch[]];
  const { proc } = first;
  const next = others.map((o) => ({
    proc,
    options: [...before, o],
    footprint: null,
    children: NO_BRANCHES,
  }));
  return [first, ...next, ...later];
}

/** Is an event of a task with these first answers to be explored already? */
function isForeseen(
  branches: readonly Branch[],
  proc: number,
  answers: readonly number[],
): boolean {
  return branches.some(
    (b, i) => i > 0 && b.proc === proc && answers.every((o, k) => b.options[k] === o),
  );
}

/**
 * Who may go on where nothing is foreseen: the one that went on last, else the lowest.
 * @param runnable its first `n` entries can go on
 * @returns index of a task whose op does not sleep; -1 where all sleep
 */
export function awake(
  sleep: readonly Sleeper[],
  table: EventTable,
  runnable: ArrayLike<Task>,
  n: number,
  previous: Task | null,
): number {
  let pick = -1;
  for (let i = 0; i < n; i++) {
    const t = runnable[i] as Task;
    if (pick >= 0 && t !== previous) continue;
    if (!asleep(sleep, table.task(t.key), NO_CHOICE)) pick = i;
  }
  return pick;
}

/** Does every way for a task to perform its op with these first answers sleep? */
export function asleep(
  sleep: readonly Sleeper[],
  proc: number,
  options: readonly number[],
): boolean {
  const depth = options.length;
  let width = -1;
  for (const s of sleep) {
    if (s.proc !== proc) continue;
    let same = true;
    for (let i = 0; i < depth && same; i++) same = s.options[i] === options[i];
    if (!same) continue;
    if (s.options.length === depth) return true;
    width = s.widths[depth] as number;
  }
  if (width < 0) return false;
  for (let o = 0; o < width; o++) if (!asleep(sleep, proc, [...options, o])) return false;
  return true;
}
