// Depth first over the states of a machine, each gone on from once. Stateless in its means (an execution repeats the
// decisions that lead to a state), stateful in what it remembers: a 64-bit hash of every state seen.
//
// Sleep sets (Godefroid, LNCS 1032, chapter 5) keep it from steps that lead to a state it has seen: what
// has been tried from a state is not tried again after steps that are independent of it. A state that is
// met again with fewer tasks asleep is gone on from with those, and then only those sleep after it that sleep in it
// whenever it is met. So what is left out after a state follows from what has been tried from it, and not from
// what was done before it: it makes no difference in which order states are gone on from, nor by whom (`state-rounds.ts`).
import { type BareArray, bareArray } from '../core/bare-array';
import type { Chooser } from '../core/choice';
import { dependent, type Footprint, Footprints, SIGNAL } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import type { Thing } from '../core/object';
import { current, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { type Program, runGuided } from './program';
import { StateHash } from './state-hash';
import { NEW, StateSet, type States } from './state-set';

const LOCAL = new Set(['printk', 'mark', 'udelay', 'skipped', 'mutex_wake'].map(kindId));

/** No op has been performed yet. */
const NOTHING: Footprint = [];
/** Stands for the footprint that is being taken. */
const BEGUN: Footprint = [];

/** A point of an execution at which something is chosen. */
export interface Decision {
  /** Keys of the tasks, or answers to a fault choice, in the order in which they are tried. */
  readonly options: readonly number[];
  at: number;
  /** Number of the op that a task is chosen for; -1 for the answer to a fault choice. */
  readonly step: number;
  /** What need not be tried from here. */
  readonly sleep: Asleep[];
  /** What the op of the present option has touched; null before it has been performed, and when it has a fault choice. */
  print: Footprint | null;
  hasChoice: boolean;
  /** The state, of a decision about a task. */
  readonly high: number;
  readonly low: number;
  /** What had been met before it: see `States.changes`. */
  readonly since: number;
  /** Others were not asked, since nobody sees what this task does. */
  readonly isLocal: boolean;
}

/** A task whose next op need not be tried, and what that op touches. */
export interface Asleep {
  readonly key: number;
  readonly print: Footprint;
}

/** Tasks that can sleep: one bit each. */
const SLEEPERS = 31;

/** Goes over states. */
export class StateSearch extends StateHash implements Chooser {
  readonly always = true;
  protected visited: States = new StateSet();
  protected readonly stack: Decision[] = [];
  protected readonly footprints = new Footprints();
  protected print: Footprint = NOTHING;
  /** The decision about the task that performs an op now. */
  private current: Decision | null = null;
  /** Keys of the tasks that can sleep, all that have been met; the n-th has bit n. */
  protected readonly keys: number[] = [];
  /** Are there more to come? Those who share what they have seen have to agree on them. */
  protected keysGrow = true;
  protected learnt = 0;
  /** Nobody sees what local steps do, nor what comes of them. */
  protected knowsLocal = true;
  private wasSeen = false;
  private depth = 0;
  /** Ids of the tasks that have performed the ops of the last execution. */
  protected readonly path: BareArray<number> = bareArray();
  protected at = 0;
  /** Ops of `path` that the decisions on the stack begin with. */
  private known = 0;
  /** Next decision to look for the answer to a repeated fault choice. */
  private faultDepth = 0;
  /** Ops performed for the first time from some state. */
  transitions = 0;

  /** Different states seen. */
  get states(): number {
    return this.visited.size;
  }

  /** Repeat the decisions on the stack, and go on from there. */
  run(m: Machine, program: Program): Outcome {
    const { stack } = this;
    let d = this.lastTask();
    let keep = d < 0 ? 0 : Math.min(this.known, (stack[d] as Decision).step);
    // A search taken up again has to learn what its tasks have seen, by repeating it all once.
    if (!this.goBack(keep)) {
      this.begin();
      keep = 0;
    }
    // Every op has a decision about its task. Those that have not been performed yet are performed as they stand.
    for (let i = d - 1; i >= 0; i--) {
      const { step } = stack[i] as Decision;
      if (step >= keep) d = i;
      else if (step >= 0) break;
    }
    this.depth = Math.max(0, d);
    this.at = keep;
    this.faultDepth = 0;
    this.current = null;
    const outcome = runGuided(m, program, this, this.path, keep);
    this.known = this.at;
    return outcome;
  }

  /** Where on the stack the last decision about a task is; -1 for nowhere. */
  private lastTask(): number {
    let d = this.stack.length - 1;
    while (d >= 0 && (this.stack[d] as Decision).step < 0) d--;
    return d;
  }

  /** The last decision on the stack is another one: from there on the last execution is no longer its path. */
  private changed(): void {
    const d = this.lastTask();
    this.known = Math.min(this.known, d < 0 ? 0 : (this.stack[d] as Decision).step);
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
    while (options.length > n) options.pop();
  }

  private bit(key: number): number {
    let i = this.keys.indexOf(key);
    if (i < 0 && this.keysGrow && this.keys.length < SLEEPERS) i = this.keys.push(key) - 1;
    return i < 0 ? 0 : 1 << i;
  }

  /** Note what the op of a decision has touched, unless it had choices or was the end of the run. */
  private settle(last: Decision): void {
    if (this.print === BEGUN) this.print = this.footprints.taken();
    // What it leads to may be seen: a writer that arrives keeps readers out.
    if (last.isLocal && this.print.some((touch) => (touch & 15) !== SIGNAL)) this.wasSeen = true;
    if (!last.hasChoice) last.print = this.print === NOTHING ? null : this.print;
  }

  /**
   * Come to a state.
   * @param last the decision that leads there; null for none
   * @param options who can go on; is kept
   * @returns what to try from there; null for nothing
   */
  protected come(last: Decision | null, options: number[], isLocal: boolean): Decision | null {
    this.transitions++;
    if (this.keysGrow) for (const key of options) this.bit(key);
    const sleep = last === null ? [] : stillAsleep(last, this.print);
    let asleep = 0;
    for (const s of sleep) asleep |= this.bit(s.key);
    const { high, low, at: step } = this;
    const since = this.visited.changes;
    const before = this.visited.meet(high, low, asleep);
    if ((before & ~asleep) === 0) return null;
    if (before === NEW) {
      if (asleep !== 0) this.leave(options, asleep, false);
    } else if (!isLocal) {
      // Who nobody else sees is tried again, for those that come after it.
      this.leave(options, before & ~asleep, true);
    }
    if (options.length === 0) return null;
    let n = 0;
    for (const s of sleep) if ((this.bit(s.key) & before) !== 0) sleep[n++] = s;
    while (sleep.length > n) sleep.pop();
    // Written out: to spread takes three times as long.
    return {
      options,
      at: 0,
      step,
      sleep,
      print: null,
      hasChoice: false,
      high,
      low,
      since,
      isLocal,
    };
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      this.take(current.machine);
      const options = optionsOf(runnable, n, this.knowsLocal);
      const last = this.current;
      if (last !== null) this.settle(last);
      const next = this.come(last, options, options.length < n);
      if (next === null) return -1;
      this.stack.push(next);
      node = next;
    }
    this.current = node;
    this.print = NOTHING;
    this.depth++;
    const key = node.options[node.at] as number;
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
      node = choiceOf(options);
      this.stack.push(node);
    }
    if (this.current !== null) this.current.hasChoice = true;
    this.depth++;
    return node.options[node.at] as number;
  }

  /** The next answer to a fault choice among decisions that are being repeated. */
  private repeatedAnswer(): number {
    while ((this.stack[this.faultDepth] as Decision).step >= 0) this.faultDepth++;
    const node = this.stack[this.faultDepth++] as Decision;
    return node.options[node.at] as number;
  }

  /** An op has looked at who knows what: what was said to be independent may not be. */
  private isOutdated(): boolean {
    return this.wasSeen || this.footprints.learnt !== this.learnt;
  }

  /** Look at the end of an execution, and decide otherwise; false when there is nothing left. */
  next(_m: Machine, _outcome: Outcome): boolean {
    if (this.current !== null) this.settle(this.current);
    if (!this.isOutdated()) return this.decideOtherwise();
    this.startAgain();
    return true;
  }

  /** Try the next option of the last decision that has one; false when none has. */
  private decideOtherwise(): boolean {
    const { stack } = this;
    while (stack.length > 0) {
      if (takeNext(stack[stack.length - 1] as Decision)) {
        this.changed();
        return true;
      }
      stack.pop();
    }
    return false;
  }

  /** Forget all but what ops look at. */
  protected startAgain(): void {
    if (this.wasSeen) this.knowsLocal = false;
    this.wasSeen = false;
    this.learnt = this.footprints.learnt;
    this.visited = new StateSet();
    this.stack.length = 0;
    this.transitions = 0;
    this.known = 0;
    this.begin();
  }
}

/** Go over to the next option of a decision; what has been tried sleeps then. @returns false when there is none */
export function takeNext(d: Decision): boolean {
  if (d.at + 1 >= d.options.length) return false;
  if (d.print !== null) d.sleep.push({ key: d.options[d.at] as number, print: d.print });
  d.print = null;
  d.hasChoice = false;
  d.at++;
  return true;
}

/** A fault choice, none of whose answers has been tried. */
function choiceOf(answers: number): Decision {
  const options = Array.from({ length: answers }, (_, i) => i);
  return {
    options,
    at: 0,
    step: -1,
    sleep: [],
    print: null,
    hasChoice: false,
    high: 0,
    low: 0,
    since: -1,
    isLocal: false,
  };
}

/** Who still sleeps after the step of a decision, which touches this. */
function stillAsleep({ sleep, options, at }: Decision, print: Footprint): Asleep[] {
  const chosen = options[at];
  const out: Asleep[] = [];
  for (let i = 0; i < sleep.length; i++) {
    const s = sleep[i] as Asleep;
    if (s.key !== chosen && !dependent(s.print, print)) out.push(s);
  }
  return out;
}

/**
 * A step that nobody else can see is taken at once: it commutes with all that others can do, and no
 * state is met twice on one path, so nothing is put off for ever.
 */
function optionsOf(runnable: ArrayLike<Task>, n: number, knowsLocal: boolean): number[] {
  const out: number[] = [];
  let local = Number.POSITIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const t = runnable[i] as Task;
    // Ids tell in which order tasks were started; a state does not.
    let k = out.length;
    for (; k > 0 && (out[k - 1] as number) > t.key; k--) out[k] = out[k - 1] as number;
    out[k] = t.key;
    if (knowsLocal && LOCAL.has(t.kind) && t.postponed < 0 && t.object === null) {
      local = Math.min(local, t.key);
    }
  }
  return local < Number.POSITIVE_INFINITY ? [local] : out;
}
