// Exhaustive depth-first search over all schedules within a bound, for bound 0, 1, 2 and so on.
//
// Preemptions (Musuvathi and Qadeer, PLDI 2007): taking the processor from a task that could go on
// counts; switching at a wait, at the end of a task or at an injected delay does not. Delays (Emmi,
// Qadeer, Rakamarić, POPL 2011): a deterministic round-robin scheduler runs; passing over a task that
// it would run next counts, each one passed over once more.
//
// Stateless: every execution runs the program from the start along a stack of decisions. Not combined
// with partial-order reduction, which would need more than that to be sound (Coons et al., OOPSLA 2013).
import type { Chooser } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { type Program, runOnce } from './program';
import { type Coverage, estimate, type Path, type Search } from './search';

const UDELAY = kindId('udelay');

interface Decision {
  /** Task ids (or fault answers) in the order in which they are tried. */
  options: number[];
  at: number;
  /** Whether the options are fault answers, which cost nothing. */
  fault: boolean;
  /** Task that could have gone on, or -1: any other choice costs a preemption. */
  keeper: number;
}

/** What is counted. */
export type Cost = 'preemption' | 'delay';

/** Enumerates the schedules of one bound; `advance` moves on to the one after. */
export class BoundedSearch implements Chooser {
  private stack: Decision[] = [];
  private depth = 0;
  /** What the current execution has cost. */
  spent = 0;
  /** Decisions that the bound kept from branching, over the whole search. */
  cut = 0;

  /**
   * @param prefix answers to the first decisions, which are somebody else's to vary
   * @param splitAt give up executions at this decision: they are another process's to run
   */
  constructor(
    readonly bound: number,
    readonly cost: Cost = 'preemption',
    private readonly prefix: readonly number[] = [],
    private readonly splitAt = Number.POSITIVE_INFINITY,
  ) {}

  /** Begin an execution along the current stack. */
  rewind(): void {
    this.depth = 0;
    this.spent = 0;
  }

  /** Move to the next schedule; false when all have been tried. */
  advance(): boolean {
    const { stack } = this;
    while (stack.length > this.depth) stack.pop();
    for (let d = stack.length - 1; d >= this.prefix.length; d--) {
      const node = stack[d] as Decision;
      if (node.at + 1 < node.options.length) {
        node.at++;
        return true;
      }
      stack.pop();
    }
    return false;
  }

  /** The answers that the current execution has got so far. */
  path(): number[] {
    return this.stack.slice(0, this.depth).map((d) => d.options[d.at] as number);
  }

  /**
   * A guess at how many schedules begin with the prefix: as many as if all of them met the decisions that the current one,
   * which is the first, has met.
   */
  size(): number {
    const left = this.bound - this.spent;
    // By what is spent on the way: in how many ways.
    let ways = [1, ...Array.from({ length: left }, () => 0)];
    for (let d = this.prefix.length; d < this.depth; d++) {
      const node = this.stack[d] as Decision;
      const next = ways.map(() => 0);
      for (let i = 0; i < node.options.length; i++) {
        const cost = this.costOf(node, i);
        for (let j = 0; j + cost <= left; j++)
          next[j + cost] = (next[j + cost] as number) + (ways[j] as number);
      }
      ways = next;
    }
    return ways.reduce((n, w) => n + w, 0);
  }

  /** What it costs to choose the i-th option. */
  private costOf({ fault, keeper, options }: Decision, i: number): number {
    if (fault) return 0;
    if (this.cost === 'delay') return i;
    return keeper >= 0 && options[i] !== keeper ? 1 : 0;
  }

  /** Share of the schedules that has been tried, if every branch leads to as many. */
  done(): number {
    let done = 0;
    let share = 1;
    for (let d = this.prefix.length; d < this.stack.length; d++) {
      const { options, at } = this.stack[d] as Decision;
      share /= options.length;
      done += share * at;
    }
    return done;
  }

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const keeper = keeperOf(runnable, n, previous);
    const insists = this.cost === 'delay' || keeper >= 0;
    if (insists && this.spent >= this.bound) {
      this.cut++;
      return this.cost === 'delay' ? inTurn(runnable, n, previous, keeper, 0) : keeper;
    }
    if (this.depth >= this.splitAt) return -1;
    let node = this.stack[this.depth];
    if (node === undefined) {
      node = {
        options: this.order(runnable, n, previous, keeper),
        at: 0,
        fault: false,
        keeper: keeper < 0 ? -1 : (runnable[keeper] as Task).id,
      };
      this.place(node);
    }
    this.depth++;
    const chosen = node.options[node.at] as number;
    this.spent += this.costOf(node, node.at);
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).id === chosen) return i;
    throw new Error(`task ${chosen} is not runnable: the program is not deterministic`);
  }

  /** Put a new decision on the stack; within the prefix its answer is given. */
  private place(node: Decision): void {
    const given = this.prefix[this.stack.length];
    if (given !== undefined) node.at = Math.max(0, node.options.indexOf(given));
    this.stack.push(node);
  }

  private order(
    runnable: ArrayLike<Task>,
    n: number,
    previous: Task | null,
    keeper: number,
  ): number[] {
    if (this.cost === 'preemption') return order(runnable, n, keeper);
    const ids: number[] = [];
    for (let i = 0; i < n && i <= this.bound - this.spent; i++) {
      ids.push((runnable[inTurn(runnable, n, previous, keeper, i)] as Task).id);
    }
    if (ids.length < n) this.cut++;
    return ids;
  }

  pickFault(options: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      const answers = Array.from({ length: options }, (_, i) => i);
      node = { options: answers, at: 0, fault: true, keeper: -1 };
      this.place(node);
    }
    this.depth++;
    return node.options[node.at] as number;
  }

  /** The stack as plain data. */
  save(): unknown {
    return { stack: this.stack.map((d) => ({ ...d, options: [...d.options] })), cut: this.cut };
  }

  /** Go on with a saved stack. */
  load(saved: unknown): void {
    const { stack, cut } = saved as { stack: Decision[]; cut: number };
    this.stack = stack;
    this.cut = cut;
  }
}

/** Index of the task that could simply go on, or -1. A task at a delay does not insist. */
function keeperOf(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
  if (previous === null || previous.kind === UDELAY) return -1;
  for (let i = 0; i < n; i++) if (runnable[i] === previous) return i;
  return -1;
}

/** Index of the k-th task in the order of the round: who ran last first, then by id, around. */
function inTurn(
  runnable: ArrayLike<Task>,
  n: number,
  previous: Task | null,
  keeper: number,
  k: number,
): number {
  if (keeper >= 0) return (keeper + k) % n;
  const last = previous === null ? -1 : previous.id;
  let first = 0;
  while (first < n && (runnable[first] as Task).id <= last) first++;
  return (first + k) % n;
}

/** Keep going first, then by task id; a delayed task comes last, so that a delay is long first. */
function order(runnable: ArrayLike<Task>, n: number, keeper: number): number[] {
  const ids: number[] = [];
  if (keeper >= 0) ids.push((runnable[keeper] as Task).id);
  for (let i = 0; i < n; i++) {
    const t = runnable[i] as Task;
    if (i !== keeper && t.kind !== UDELAY) ids.push(t.id);
  }
  for (let i = 0; i < n; i++) {
    const t = runnable[i] as Task;
    if (i !== keeper && t.kind === UDELAY) ids.push(t.id);
  }
  return ids;
}

/** Bound 0, 1, 2 … up to the one asked for, or until no bound keeps anything out. */
export class IteratedBounds implements Search {
  private search: BoundedSearch;
  private boundDone = -1;
  private schedules = 0;
  private inThisBound = 0;
  private exhausted = false;
  private complete = false;
  /** Paths that are done. */
  private pathsDone = 0;

  /**
   * @param paths given when this is a part of somebody's search: then only `bound` is searched, and only what begins
   *   with one of these
   */
  constructor(
    readonly bound: number,
    readonly cost: Cost,
    private readonly paths: readonly Path[] | null = null,
    splitAt = Number.POSITIVE_INFINITY,
  ) {
    const first = paths === null ? 0 : bound;
    this.search = new BoundedSearch(first, cost, paths?.[0], splitAt);
  }

  get preemptions(): number {
    return this.cost === 'preemption' ? this.search.spent : -1;
  }

  run(m: Machine, program: Program): Outcome {
    this.search.rewind();
    return runOnce(m, program, this.search);
  }

  /** Answers so far of an execution that was given up to be run elsewhere. */
  path(): number[] {
    return this.search.path();
  }

  /** As `BoundedSearch.size`, after the first execution. */
  size(): number {
    return this.search.size();
  }

  next(_m: Machine, outcome: Outcome): boolean {
    if (outcome !== 'cut') this.inThisBound++;
    if (this.search.advance()) return true;
    const { bound, cut } = this.search;
    const path = this.paths?.[++this.pathsDone];
    if (path !== undefined) {
      this.search = new BoundedSearch(bound, this.cost, path);
      this.search.cut = cut;
      return true;
    }
    this.boundDone = bound;
    this.schedules = this.inThisBound;
    this.inThisBound = 0;
    this.complete = cut === 0;
    if (cut === 0 || bound >= this.bound || this.paths !== null) {
      this.exhausted = true;
      return false;
    }
    this.search = new BoundedSearch(bound + 1, this.cost);
    return true;
  }

  again(): Chooser {
    this.search.rewind();
    return this.search;
  }

  covered(): Partial<Coverage> {
    const { exhausted, complete, boundDone, schedules } = this;
    return { exhausted, complete, boundDone, schedules };
  }

  /** Of the present bound; nobody knows how many the next ones have. */
  left(): number {
    const paths = this.paths?.length ?? 1;
    const done = Math.min(this.pathsDone, paths - 1) + this.search.done();
    return estimate(this.inThisBound, done / paths);
  }

  save(): unknown {
    const { boundDone, schedules, inThisBound, pathsDone } = this;
    const { bound } = this.search;
    return { bound, boundDone, schedules, inThisBound, pathsDone, search: this.search.save() };
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const s = saved as {
      bound: number;
      boundDone: number;
      schedules: number;
      inThisBound: number;
      pathsDone: number;
      search: unknown;
    };
    this.boundDone = s.boundDone;
    this.schedules = s.schedules;
    this.inThisBound = s.inThisBound;
    this.pathsDone = s.pathsDone;
    this.search = new BoundedSearch(s.bound, this.cost, this.paths?.[s.pathsDone]);
    this.search.load(s.search);
  }
}
