// Depth first over the states of a machine, each gone on from once: what a search (`stateful.ts`) and those who help
// it (`scout.ts`) do alike. Stateless in its means (an execution repeats the decisions that lead to a state), stateful in
// what it remembers: a 64-bit hash of every state seen.
//
// Sleep sets (Godefroid, LNCS 1032, chapter 5) keep it from steps that lead to a state it has seen: what
// has been tried from a state is not tried again after steps that are independent of it. A state that is
// met again with fewer tasks asleep is gone on from with those.
import type { Chooser } from '../core/choice';
import { dependent, type Footprint, Footprints, type Knowledge, SIGNAL } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import type { Thing } from '../core/object';
import { current, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { type Position, withFlag } from './position';
import { type Program, runGuided } from './program';
import { StateHash } from './state-hash';
import { StateSet } from './state-set';
import { END, FOUND, LEADS_TO, NEWS, STEPS, THEN, TOUCHES } from './step-book';
import { type Member, StepExchange } from './step-exchange';

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
  /** What the op of the present option has touched; null when it had a fault choice. */
  print: Footprint | null;
  /** Others were not asked, since nobody sees what this task does. */
  readonly isLocal: boolean;
  /** Steps of the machine before it. */
  readonly done: number;
  /** The state, of a decision about a task. */
  readonly high: number;
  readonly low: number;
}

/** A task whose next op need not be tried, and what that op touches. */
export interface Asleep {
  readonly key: number;
  readonly print: Footprint;
}

/** Tasks that can sleep: one bit each. */
const SLEEPERS = 31;

/** Goes over states. */
export class StateSearch extends StateHash implements Chooser, Member {
  readonly always = true;
  protected visited = new StateSet();
  protected readonly stack: Decision[] = [];
  protected readonly footprints = new Footprints();
  protected print: Footprint = NOTHING;
  /** The decision about the task that performs an op now. */
  protected current: Decision | null = null;
  /** Keys of the tasks that can sleep; the n-th has bit n. */
  protected readonly keys: number[] = [];
  protected learnt = 0;
  /** Nobody sees what local steps do, nor what comes of them. */
  protected knowsLocal = true;
  private wasSeen = false;
  private depth = 0;
  /** Ids of the tasks that have performed the ops of the last execution. */
  protected readonly path: number[] = [];
  protected at = 0;
  /** Ops of `path` that the decisions on the stack begin with. */
  private known = 0;
  /** Next decision to look for the answer to a repeated fault choice. */
  private faultDepth = 0;
  /** Where steps lead, as far as all who search these states know; null for who searches alone. */
  protected exchange: StepExchange | null = null;
  /** The step that is performed, with the answers to its fault choices so far. */
  private step = -1;
  /** Ops performed for the first time from some state. */
  transitions = 0;

  /** Different states seen. */
  get states(): number {
    return this.visited.size;
  }

  /** From now on it is told where steps lead, and what others have told is used. */
  share(): StepExchange {
    this.exchange = new StepExchange(this.footprints, this);
    this.exchange.begin(this.level);
    return this.exchange;
  }

  position(_x: StepExchange): Position {
    return [];
  }

  adopt(_level: string): void {}

  /** The same for all who know the same of what ops look at. */
  private get level(): string {
    return JSON.stringify({ ...this.footprints.knowledge(), knowsLocal: this.knowsLocal });
  }

  /** Know what others know who are at a level, and begin again. */
  protected learn(level: string): void {
    const { knowsLocal, ...knowledge } = JSON.parse(level) as Knowledge & { knowsLocal: boolean };
    this.footprints.learn(knowledge);
    this.knowsLocal &&= knowsLocal;
    this.startAgain();
  }

  /** What the present step has done for the first time in its run, as words of the exchange. */
  protected news(_m: Machine): number {
    return 0;
  }

  /** The last decision of the stack is about to be taken. */
  protected lastStep(_m: Machine): void {}

  /** As `StateSet.meet`. */
  protected meetState(high: number, low: number, asleep: number): number {
    return this.visited.meet(high, low, asleep);
  }

  /** A record has been made of where a step leads. */
  protected recorded(_at: number): void {}

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
  protected lastTask(): number {
    let d = this.stack.length - 1;
    while (d >= 0 && (this.stack[d] as Decision).step < 0) d--;
    return d;
  }

  /** The last decision on the stack is another one: from there on the last execution is no longer its path. */
  private changed(): void {
    const d = this.lastTask();
    this.repeatFrom(d < 0 ? 0 : (this.stack[d] as Decision).step);
  }

  /** From this op on the next execution differs from the last one. */
  protected repeatFrom(step: number): void {
    this.known = Math.min(this.known, step);
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

  /**
   * Come to a state.
   * @param last the decision that leads there; null for none
   * @param print what its step touches
   * @param options who can go on; is kept
   * @param step ops performed before it
   * @param done steps of the machine before it
   * @returns what to try from there; null for nothing
   */
  protected come(
    last: Decision | null,
    print: Footprint,
    high: number,
    low: number,
    options: number[],
    isLocal: boolean,
    step: number,
    done: number,
  ): Decision | null {
    this.transitions++;
    const sleep = last === null ? [] : stillAsleep(last, print);
    let asleep = 0;
    for (const s of sleep) asleep |= this.bit(s.key);
    const wanted = this.meetState(high, low, asleep);
    if (wanted === 0) return null;
    if (wanted !== -1) this.leave(options, wanted, true);
    else if (asleep !== 0) this.leave(options, asleep, false);
    if (options.length === 0) return null;
    return { options, at: 0, step, sleep, print: NOTHING, isLocal, done, high, low };
  }

  /**
   * Go on to the end of an execution without performing anything, as far as others have told.
   * @param isOfUse is this record, which begins at `r`, to be used?
   * @returns steps of the machine until there; -1 when what is left has to be run
   */
  protected walk(
    x: StepExchange,
    isOfUse: (records: Int32Array, r: number, last: Decision) => boolean,
  ): number {
    const { stack } = this;
    for (;;) {
      const r = this.lookUp(x);
      const { records } = x.table;
      const last = stack[this.lastTask()] as Decision;
      if (r < 0 || !isOfUse(records, r, last)) return -1;
      const then = records[r + THEN] as number;
      if (then < END) {
        last.print = null;
        stack.push(choiceOf(END - then));
        continue;
      }
      const print = x.touches.all[records[r + TOUCHES] as number] as Footprint;
      if (last.print !== null) last.print = print;
      const done = last.done + (records[r + STEPS] as number);
      const next = then === END ? null : this.comeAsTold(x, r, last, print, done);
      if (next === null) {
        this.current = null;
        return done;
      }
      stack.push(next);
    }
  }

  private comeAsTold(
    x: StepExchange,
    r: number,
    last: Decision,
    print: Footprint,
    done: number,
  ): Decision | null {
    const { records } = x.table;
    const high = records[r + LEADS_TO] as number;
    const low = records[r + LEADS_TO + 1] as number;
    const then = x.options.all[records[r + THEN] as number] as readonly number[];
    const options: number[] = [];
    for (let i = 1; i < then.length; i++) options.push(then[i] as number);
    return this.come(last, print, high, low, options, then[0] === 1, last.step + 1, done);
  }

  pickTask(runnable: readonly Task[], n: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      const m = current.machine;
      this.take(m);
      const options = optionsOf(runnable, n, this.knowsLocal);
      const isLocal = options.length < n;
      const { current: last, high, low, at } = this;
      if (last !== null) {
        this.settle(last);
        if (this.exchange !== null) this.tell(this.exchange, last, options, isLocal);
      }
      const next = this.come(last, this.print, high, low, options, isLocal, at, m.step);
      if (next === null) return -1;
      this.stack.push(next);
      node = next;
    }
    if (this.exchange !== null && this.depth === this.lastTask()) this.lastStep(current.machine);
    this.current = node;
    this.print = NOTHING;
    this.depth++;
    const key = node.options[node.at] as number;
    if (this.exchange !== null) this.step = this.exchange.steps.of(-1, key);
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
    const { current: last, exchange } = this;
    let node = this.stack[this.depth];
    if (node === undefined) {
      if (exchange !== null && last !== null && !this.isOutdated()) {
        this.recorded(exchange.tell(last.high, last.low, this.step, END - options));
      }
      node = choiceOf(options);
      this.stack.push(node);
    }
    if (last !== null) last.print = null;
    this.depth++;
    const answer = node.options[node.at] as number;
    if (exchange !== null) this.step = exchange.steps.of(this.step, answer);
    return answer;
  }

  /** The next answer to a fault choice among decisions that are being repeated. */
  private repeatedAnswer(): number {
    while ((this.stack[this.faultDepth] as Decision).step >= 0) this.faultDepth++;
    const node = this.stack[this.faultDepth++] as Decision;
    return node.options[node.at] as number;
  }

  private tell(
    x: StepExchange,
    last: Decision,
    options: readonly number[],
    isLocal: boolean,
  ): void {
    if (this.isOutdated()) return;
    const then = x.options.of(withFlag(options, isLocal));
    const at = x.tell(last.high, last.low, this.step, then);
    const { records } = x;
    const m = current.machine;
    records[at + LEADS_TO] = this.high;
    records[at + LEADS_TO + 1] = this.low;
    records[at + TOUCHES] = x.touches.of(this.print);
    if (m.findings.length > 0) records[at + FOUND] = x.words.of(m.findings.map((f) => f.identity));
    records[at + NEWS] = this.news(m);
    records[at + STEPS] = m.step - last.done;
    this.recorded(at);
  }

  /** The run has ended by itself. */
  private tellEnd(last: Decision): void {
    const { exchange } = this;
    if (exchange === null || this.isOutdated()) return;
    const at = exchange.tell(last.high, last.low, this.step, END);
    exchange.records[at + TOUCHES] = exchange.touches.of(this.print);
    this.recorded(at);
  }

  /** Where the last decision on the stack leads, as far as anybody has told: see `StepTable.find`. */
  protected lookUp(x: StepExchange): number {
    const { stack } = this;
    let d = this.lastTask();
    const node = stack[d] as Decision;
    let step = x.steps.of(-1, node.options[node.at] as number);
    while (++d < stack.length) {
      const choice = stack[d] as Decision;
      step = x.steps.of(step, choice.options[choice.at] as number);
    }
    return x.table.find(node.high, node.low, step);
  }

  /** An op has looked at who knows what: what was said to be independent may not be. */
  private isOutdated(): boolean {
    return this.wasSeen || this.footprints.learnt !== this.learnt;
  }

  /** Look at the end of an execution, and decide otherwise; false when there is nothing left. */
  next(_m: Machine, outcome: Outcome): boolean {
    const { current: last } = this;
    if (last !== null) {
      this.settle(last);
      if (outcome !== 'cut') this.tellEnd(last);
    }
    if (!this.isOutdated()) return this.decideOtherwise();
    this.startAgain();
    return true;
  }

  /** Try the next option of the last decision that has one; false when none has. */
  protected decideOtherwise(): boolean {
    const { stack } = this;
    while (stack.length > 0) {
      const node = stack[stack.length - 1] as Decision;
      if (node.at + 1 < node.options.length) {
        if (node.print !== null && node.print !== NOTHING) {
          node.sleep.push({ key: node.options[node.at] as number, print: node.print });
        }
        node.print = node.step < 0 ? null : NOTHING;
        node.at++;
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
    this.exchange?.begin(this.level);
  }
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
    isLocal: false,
    done: 0,
    high: 0,
    low: 0,
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
function optionsOf(runnable: readonly Task[], n: number, knowsLocal: boolean): number[] {
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
