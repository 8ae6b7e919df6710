// The tasks of a machine that have not ended, in the order of their ids, and who of them can go on.
import { type BareArray, bareArray } from './bare-array';
import type { Machine } from './machine';
import { ASK, isReady } from './performers';
import type { Task } from './task';
import { kindId } from './vocabulary';

const UDELAY = kindId('udelay');

/** Tasks that have not ended. */
export class RunQueue {
  /** Those that can go on: what `find` has found. */
  readonly runnable: BareArray<Task> = bareArray();
  /** The first `n` entries count. */
  private readonly tasks: BareArray<Task> = bareArray();
  private n = 0;

  clear(): void {
    this.n = 0;
  }

  add(t: Task): void {
    this.tasks[this.n++] = t;
  }

  /** A task has ended. */
  remove(t: Task): void {
    const { tasks } = this;
    const last = --this.n;
    let i = 0;
    while (tasks[i] !== t) i++;
    for (; i < last; i++) tasks[i] = tasks[i + 1] as Task;
  }

  /** Gather who can go on, in the order of their ids. @returns how many there are */
  find(m: Machine): number {
    const { runnable, tasks, n } = this;
    let found = 0;
    for (let i = 0; i < n; i++) {
      const t = tasks[i] as Task;
      const { gate } = t;
      // Who can go on is anybody's guess, the processor's, too: no branch here.
      runnable[found] = t;
      found += Number(gate === ASK ? isReady(m, t) : gate.owner === null);
    }
    return found;
  }

  /** When the first sleeper wakes, ns; -1 when nobody sleeps. */
  nextWake(): number {
    let wake = -1;
    for (let i = 0; i < this.n; i++) {
      const t = this.tasks[i] as Task;
      if (t.kind === UDELAY && (wake < 0 || t.wakeAt < wake)) wake = t.wakeAt;
    }
    return wake;
  }

  /** Are they all daemons, but for those that `waits` names? */
  onlyDaemons(waits: (t: Task) => boolean = () => false): boolean {
    for (let i = 0; i < this.n; i++) {
      const t = this.tasks[i] as Task;
      if (!t.daemon && !waits(t)) return false;
    }
    return true;
  }
}
