// Stateful search: depth first over the states of the machine, each gone on from once. Stateless in
// its means (an execution repeats the decisions that lead to a state), stateful in what it remembers:
// a 64-bit hash of every state seen. Finds what any interleaving finds, and says nothing about traces.
//
// Sleep sets (Godefroid, LNCS 1032, chapter 5) keep it from steps that lead to a state it has seen: what
// has been tried from a state is not tried again after steps that are independent of it. A state that is
// met again with fewer tasks asleep is gone on from with those.
import type { Chooser } from '../core/choice';
import {
  dependent,
  type Footprint,
  Footprints,
  type SavedFootprints,
  SIGNAL,
} from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import type { Thing } from '../core/object';
import { current, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { type Program, runGuided } from './program';
import { type Coverage, PathChooser, type Search } from './search';
import { StateHash } from './state-hash';

const LOCAL = new Set(['printk', 'mark', 'udelay', 'skipped', 'mutex_wake'].map(kindId));

/** No op has been performed yet. */
const NOTHING: Footprint = [];
/** Stands for the footprint that is being taken. */
const BEGUN: Footprint = [];

interface Decision {
  /** Keys of the tasks, or answers to a fault choice, in the order in which they are tried. */
  readonly options: readonly number[];
  at: number;
  /** Number of the op that a task is chosen for; -1 for the answer to a fault choice. */
  readonly step: number;
  /** What need not be tried from here. */
  readonly sleep: Asleep[];
  /** What the op of the present option has touched; null when it had a fault choice. */
  print: Footprint | null;
  /** Others were not asked, since nobody sees what this task does. */
  readonly isLocal?: boolean;
}

/** A task whose next op need not be tried, and what that op touches. */
interface Asleep {
  readonly key: number;
  readonly print: Footprint;
}

/** Hashes of 64 bits, each with the tasks that slept there as bits, in an open table. */
class StateSet {
  size = 0;
  private mask = (1 << 14) - 1;
  private slots = new Int32Array(3 << 14);

  private find(high: number, low: number): number {
    let i = (high ^ Math.imul(low, 0x9e3779b1)) & this.mask;
    for (;;) {
      const h = this.slots[i * 3] as number;
      const k = this.slots[i * 3 + 1] as number;
      if ((h === 0 && k === 0) || (h === high && k === low)) return i * 3;
      i = (i + 1) & this.mask;
    }
  }

  /**
   * Meet a state in which these tasks sleep. From now on those sleep there that do so whenever it is met.
   * @returns the tasks that are to be tried: bits; all ones when the state is new
   */
  meet(high: number, low: number, asleep: number): number {
    const l = low === 0 && high === 0 ? 1 : low;
    const at = this.find(high, l);
    const { slots } = this;
    if (slots[at] !== 0 || slots[at + 1] !== 0) {
      const before = slots[at + 2] as number;
      slots[at + 2] = before & asleep;
      return before & ~asleep;
    }
    slots[at] = high;
    slots[at + 1] = l;
    slots[at + 2] = asleep;
    if (++this.size * 2 > this.mask) this.grow();
    return -1;
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array((this.mask + 1) * 3);
    this.size = 0;
    this.addAll(old);
  }

  /** Take over hashes with their tasks, as triples. */
  addAll(triples: ArrayLike<number>): void {
    for (let i = 0; i < triples.length; i += 3) {
      const [h, l, asleep] = [triples[i], triples[i + 1], triples[i + 2]] as number[];
      if (h !== 0 || l !== 0) this.meet(h as number, l as number, asleep as number);
    }
  }

  /** Every hash with its tasks, as triples. */
  values(): number[] {
    const out: number[] = [];
    for (let i = 0; i < this.slots.length; i += 3) {
      if (this.slots[i] === 0 && this.slots[i + 1] === 0) continue;
      out.push(...this.slots.subarray(i, i + 3));
    }
    return out;
  }
}

/** Tasks that can sleep: one bit each. */
const SLEEPERS = 31;

/** A stateful search at rest. */
interface SavedStateful {
  readonly stack: Decision[];
  readonly path: number[];
  readonly visited: number[];
  readonly transitions: number;
  readonly keys: number[];
  readonly places: SavedFootprints;
  readonly knowsLocal: boolean;
}

/** Visits every state of a program once. */
export class Stateful extends StateHash implements Chooser, Search {
  readonly always = true;
  readonly preemptions = -1;
  /** Ops performed for the first time from some state. */
  transitions = 0;
  private visited = new StateSet();
  private readonly stack: Decision[] = [];
  private readonly footprints = new Footprints();
  private print: Footprint = NOTHING;
  /** The decision about the task that performs an op now. */
  private current: Decision | null = null;
  /** Keys of the tasks that can sleep; the n-th has bit n. */
  private readonly keys: number[] = [];
  private learnt = 0;
  /** Nobody sees what local steps do, nor what comes of them. */
  private knowsLocal = true;
  private wasSeen = false;
  private depth = 0;
  /** Ids of the tasks that have performed the ops of this execution. */
  private readonly path: number[] = [];
  private at = 0;
  private exhausted = false;
  /** Next decision to look for the answer to a repeated fault choice. */
  private faultDepth = 0;

  /** Different states seen. */
  get states(): number {
    return this.visited.size;
  }

  run(m: Machine, program: Program): Outcome {
    // Every op has a decision about its task; go on from the last one.
    let d = this.stack.length - 1;
    while (d >= 0 && (this.stack[d] as Decision).step < 0) d--;
    let keep = d < 0 ? 0 : (this.stack[d] as Decision).step;
    // A search taken up again has to learn what its tasks have seen, by repeating it all once.
    if (!this.goBack(keep)) {
      this.begin();
      keep = 0;
      d = 0;
    }
    this.depth = Math.max(0, d);
    this.at = keep;
    this.faultDepth = 0;
    this.current = null;
    return runGuided(m, program, this, this.path, keep);
  }

  override performed(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void {
    super.performed(m, t, kind, object, field, value, result);
    this.footprints.begin(m, t, kind, object, field, value, result);
    this.print = BEGUN;
  }

  override announced(m: Machine, t: Task): void {
    this.footprints.arrive(m, t);
    super.announced(m, t);
  }

  override exited(m: Machine, t: Task): void {
    this.footprints.end(m, t);
  }

  /** Leave of the options those whose bit is in a set, or those whose bit is not. */
  private leave(options: number[], set: number, inside: boolean): void {
    let n = 0;
    for (const key of options) if (((this.bit(key) & set) !== 0) === inside) options[n++] = key;
    options.length = n;
  }

  private bit(key: number): number {
    let i = this.keys.indexOf(key);
    if (i < 0 && this.keys.length < SLEEPERS) i = this.keys.push(key) - 1;
    return i < 0 ? 0 : 1 << i;
  }

  /** Note what the op of a decision has touched, unless it had choices or was the end of the run. */
  private settle(last: Decision): void {
    if (this.print === BEGUN) this.print = this.footprints.taken();
    // What it leads to may be seen: a writer that arrives keeps readers out.
    if (last.isLocal && this.print.some((touch) => (touch & 15) !== SIGNAL)) this.wasSeen = true;
    if (last.print !== null) last.print = this.print === NOTHING ? null : this.print;
  }

  /** Who still sleeps after the op that the last decision has led to. */
  private stillAsleep(): Asleep[] {
    const last = this.current;
    if (last === null) return [];
    this.settle(last);
    const chosen = last.options[last.at];
    const { sleep } = last;
    const out: Asleep[] = [];
    for (let i = 0; i < sleep.length; i++) {
      const s = sleep[i] as Asleep;
      if (s.key !== chosen && !dependent(s.print, this.print)) out.push(s);
    }
    return out;
  }

  pickTask(runnable: readonly Task[], n: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      this.transitions++;
      this.take(current.machine);
      const sleep = this.stillAsleep();
      let asleep = 0;
      for (const s of sleep) asleep |= this.bit(s.key);
      const wanted = this.visited.meet(this.high, this.low, asleep);
      if (wanted === 0) return -1;
      const options = optionsOf(runnable, n, this.knowsLocal);
      const isLocal = options.length < n;
      if (wanted !== -1) this.leave(options, wanted, true);
      else if (asleep !== 0) this.leave(options, asleep, false);
      if (options.length === 0) return -1;
      node = { options, at: 0, step: this.at, sleep, print: NOTHING, isLocal };
      this.stack.push(node);
    }
    this.current = node;
    this.print = NOTHING;
    this.depth++;
    const key = node.options[node.at];
    for (let i = 0; i < n; i++) {
      const t = runnable[i] as Task;
      if (t.key !== key) continue;
      this.path[this.at++] = t.id;
      return i;
    }
    throw new Error(`task ${key} is not runnable: the program is not deterministic`);
  }

  pickFault(options: number): number {
    const m = current.machine;
    if (m.guided < m.guideLength) return this.repeatedAnswer();
    let node = this.stack[this.depth];
    if (node === undefined) {
      const answers = Array.from({ length: options }, (_, i) => i);
      node = { options: answers, at: 0, step: -1, sleep: [], print: null };
      this.stack.push(node);
    }
    if (this.current !== null) this.current.print = null;
    this.depth++;
    return node.options[node.at] as number;
  }

  /** The next answer to a fault choice among decisions that are being repeated. */
  private repeatedAnswer(): number {
    while ((this.stack[this.faultDepth] as Decision).step >= 0) this.faultDepth++;
    const node = this.stack[this.faultDepth++] as Decision;
    return node.options[node.at] as number;
  }

  next(): boolean {
    const { stack, current: last } = this;
    if (last !== null) this.settle(last);
    if (this.wasSeen || this.footprints.learnt !== this.learnt) return this.startAgain();
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Decision;
      if (node.at + 1 < node.options.length) {
        if (node.print !== null && node.print !== NOTHING) {
          node.sleep.push({ key: node.options[node.at] as number, print: node.print });
        }
        node.print = node.step < 0 ? null : NOTHING;
        node.at++;
        return true;
      }
      stack.pop();
    }
    this.exhausted = true;
    return false;
  }

  /** An op has looked at who knows what: what was said to be independent may not be. */
  private startAgain(): boolean {
    if (this.wasSeen) this.knowsLocal = false;
    this.wasSeen = false;
    this.learnt = this.footprints.learnt;
    this.visited = new StateSet();
    this.stack.length = 0;
    this.transitions = 0;
    this.begin();
    return true;
  }

  again(): Chooser {
    const answers = this.stack.filter((d) => d.step < 0).map((d) => d.options[d.at] as number);
    return new PathChooser(this.path.slice(0, this.at), answers);
  }

  covered(): Partial<Coverage> {
    const { exhausted, states } = this;
    return { exhausted, complete: exhausted, states };
  }

  /** Nobody knows how many of the states to come are known: no guess. */
  left(): number {
    return -1;
  }

  save(): unknown {
    const { stack, path, transitions, keys } = this;
    const visited = this.visited.values();
    const places = this.footprints.save();
    const { knowsLocal } = this;
    return { stack, path, transitions, visited, keys, places, knowsLocal };
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const { stack, visited, transitions, keys, places, knowsLocal } = saved as SavedStateful;
    this.knowsLocal = knowsLocal;
    for (const d of stack) {
      this.stack.push({ ...d, options: [...d.options], sleep: [...d.sleep] });
    }
    this.visited.addAll(visited);
    this.keys.push(...keys);
    this.footprints.load(places);
    this.learnt = this.footprints.learnt;
    this.transitions = transitions;
  }
}

/**
 * A step that nobody else can see is taken at once: it commutes with all that others can do, and no
 * state is met twice on one path, so nothing is put off for ever.
 */
function optionsOf(runnable: readonly Task[], n: number, knowsLocal: boolean): number[] {
  for (let i = 0; i < n && knowsLocal; i++) {
    const t = runnable[i] as Task;
    if (LOCAL.has(t.kind) && t.postponed < 0 && t.object === null) return [t.key];
  }
  const out: number[] = [];
  for (let i = 0; i < n; i++) out.push((runnable[i] as Task).key);
  return out;
}
