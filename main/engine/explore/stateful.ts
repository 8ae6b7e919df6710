// Stateful search: depth first over the states of the machine, each gone on from once. Stateless in
// its means (an execution repeats the decisions that lead to a state), stateful in what it remembers:
// a 64-bit hash of every state seen. Finds what any interleaving finds, and says nothing about traces.
import type { Chooser } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import { current, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import type { Program } from './program';
import { type Coverage, PathChooser, type Search } from './search';
import { StateHash } from './state-hash';

const LOCAL = new Set(['printk', 'mark', 'udelay', 'skipped', 'mutex_wake'].map(kindId));

interface Decision {
  /** Keys of the tasks, or answers to a fault choice, in the order in which they are tried. */
  readonly options: readonly number[];
  at: number;
  /** Number of the op that a task is chosen for; -1 for the answer to a fault choice. */
  readonly step: number;
}

/** Hashes of 64 bits, in an open table. */
class StateSet {
  size = 0;
  private mask = (1 << 14) - 1;
  private slots = new Int32Array(2 << 14);

  /** @returns false when it was there already */
  add(high: number, low: number): boolean {
    const l = low === 0 && high === 0 ? 1 : low;
    let i = (high ^ Math.imul(l, 0x9e3779b1)) & this.mask;
    for (;;) {
      const h = this.slots[i * 2] as number;
      const k = this.slots[i * 2 + 1] as number;
      if (h === 0 && k === 0) break;
      if (h === high && k === l) return false;
      i = (i + 1) & this.mask;
    }
    this.slots[i * 2] = high;
    this.slots[i * 2 + 1] = l;
    if (++this.size * 2 > this.mask) this.grow();
    return true;
  }

  private grow(): void {
    const old = this.slots;
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array((this.mask + 1) * 2);
    this.size = 0;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i] !== 0 || old[i + 1] !== 0) this.add(old[i] as number, old[i + 1] as number);
    }
  }

  /** Every hash, as pairs. */
  values(): number[] {
    const out: number[] = [];
    for (let i = 0; i < this.slots.length; i += 2) {
      const h = this.slots[i] as number;
      const l = this.slots[i + 1] as number;
      if (h !== 0 || l !== 0) out.push(h, l);
    }
    return out;
  }
}

/** A stateful search at rest. */
interface SavedStateful {
  readonly stack: Decision[];
  readonly path: number[];
  readonly visited: number[];
  readonly transitions: number;
}

/** Visits every state of a program once. */
export class Stateful extends StateHash implements Chooser, Search {
  readonly always = true;
  readonly preemptions = -1;
  /** Ops performed for the first time from some state. */
  transitions = 0;
  private readonly visited = new StateSet();
  private readonly stack: Decision[] = [];
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
    m.begin(this, null, this);
    program(m);
    m.guide = this.path;
    m.guideLength = keep;
    this.at = keep;
    this.faultDepth = 0;
    return m.run();
  }

  pickTask(runnable: readonly Task[], n: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      this.transitions++;
      this.take(current.machine);
      if (!this.visited.add(this.high, this.low)) return -1;
      node = { options: optionsOf(runnable, n), at: 0, step: this.at };
      this.stack.push(node);
    }
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
      node = { options: answers, at: 0, step: -1 };
      this.stack.push(node);
    }
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
    const { stack } = this;
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Decision;
      if (node.at + 1 < node.options.length) {
        node.at++;
        return true;
      }
      stack.pop();
    }
    this.exhausted = true;
    return false;
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
    const { stack, path, transitions } = this;
    return { stack, path, transitions, visited: this.visited.values() };
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const { stack, visited, transitions } = saved as SavedStateful;
    for (const d of stack) this.stack.push({ ...d, options: [...d.options] });
    for (let i = 0; i < visited.length; i += 2) {
      this.visited.add(visited[i] as number, visited[i + 1] as number);
    }
    this.transitions = transitions;
  }
}

/**
 * A step that nobody else can see is taken at once: it commutes with all that others can do, and no
 * state is met twice on one path, so nothing is put off for ever.
 */
function optionsOf(runnable: readonly Task[], n: number): number[] {
  for (let i = 0; i < n; i++) {
    const t = runnable[i] as Task;
    if (LOCAL.has(t.kind) && t.postponed < 0 && t.object === null) return [t.key];
  }
  const out: number[] = [];
  for (let i = 0; i < n; i++) out.push((runnable[i] as Task).key);
  return out;
}
