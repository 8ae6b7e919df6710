// Exhaustive depth-first search over all schedules with at most `bound` preemptions (Musuvathi and
// Qadeer, PLDI 2007). Taking the processor from a task that could go on is a preemption; switching
// at a wait, at the end of a task or at an injected delay is not. Stateless: every execution runs
// the program from the start along a stack of decisions.
import type { Chooser } from '../core/choice';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';

const UDELAY = kindId('udelay');

interface Decision {
  /** Task ids (or fault options) in the order in which they are tried. */
  options: number[];
  at: number;
  /** Task that could have gone on, or -1: any other choice costs a preemption. */
  keeper: number;
}

/** Enumerates schedules; `next` moves on to the one after. */
export class BoundedSearch implements Chooser {
  private readonly stack: Decision[] = [];
  private depth = 0;
  /** Preemptions of the current execution. */
  preemptions = 0;
  /** Decisions that the bound kept from branching, over the whole search. */
  cut = 0;

  constructor(readonly bound: number) {}

  /** Begin an execution along the current stack. */
  rewind(): void {
    this.depth = 0;
    this.preemptions = 0;
  }

  /** Move to the next schedule; false when all have been tried. */
  next(): boolean {
    const { stack } = this;
    stack.length = Math.min(stack.length, this.depth);
    for (let d = stack.length - 1; d >= 0; d--) {
      const node = stack[d] as Decision;
      if (node.at + 1 < node.options.length) {
        node.at++;
        stack.length = d + 1;
        return true;
      }
    }
    stack.length = 0;
    return false;
  }

  pickTask(runnable: readonly Task[], n: number, previous: Task | null): number {
    const keeper = keeperOf(runnable, n, previous);
    if (keeper >= 0 && this.preemptions >= this.bound) {
      this.cut++;
      return keeper;
    }
    let node = this.stack[this.depth];
    if (node === undefined) {
      const insists = keeper < 0 ? -1 : (runnable[keeper] as Task).id;
      node = { options: order(runnable, n, keeper), at: 0, keeper: insists };
      this.stack.push(node);
    }
    this.depth++;
    const chosen = node.options[node.at] as number;
    if (node.keeper >= 0 && chosen !== node.keeper) this.preemptions++;
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).id === chosen) return i;
    throw new Error(`task ${chosen} is not runnable: the program is not deterministic`);
  }

  pickFault(options: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      node = { options: Array.from({ length: options }, (_, i) => i), at: 0, keeper: -1 };
      this.stack.push(node);
    }
    this.depth++;
    return node.options[node.at] as number;
  }
}

/** Index of the task that could simply go on, or -1. A task at a delay does not insist. */
function keeperOf(runnable: readonly Task[], n: number, previous: Task | null): number {
  if (previous === null || previous.kind === UDELAY) return -1;
  for (let i = 0; i < n; i++) if (runnable[i] === previous) return i;
  return -1;
}

/** Keep going first, then by task id; a delayed task comes last, so that a delay is long first. */
function order(runnable: readonly Task[], n: number, keeper: number): number[] {
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
