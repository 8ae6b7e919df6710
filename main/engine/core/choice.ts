// Choices: the single source of nondeterminism. Everything that may go one way or another asks the
// machine's chooser, and the recorded answers are the schedule.
import type { Task } from './task';

/** What a choice decides. */
export const CHOICE_TASK = 0;
export const CHOICE_FAULT = 1;
/** Not asked of anybody, stands before all others: the fault of step `value` does not fire. */
export const CHOICE_WITHHELD = 2;

/** One recorded decision: a task id for CHOICE_TASK, an option number for CHOICE_FAULT. */
export interface Choice {
  readonly kind: number;
  readonly value: number;
  /** Number of options that were open. */
  readonly options: number;
}

/** Decides. Called only when there is more than one option, unless it asks to be always called. */
export interface Chooser {
  /** Call `pickTask` also when only one task can run: at every step, or at every one after the set-up. */
  readonly always?: boolean | 'after the set-up';
  /**
   * Which task performs its announced op next.
   * @param runnable tasks whose announced op can be performed, in the stable order (by task id)
   * @param n how many entries of `runnable` count
   * @param previous the task that performed the last op, if there was one
   * @returns an index into `runnable`, or -1 to end the run here (outcome `cut`)
   */
  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number;
  /**
   * An option of a fault choice.
   * @param options number of options, at least 2; option 0 is "nothing happens"
   * @param label the fault point that asks
   * @returns a number in [0, options)
   */
  pickFault(options: number, label: string): number;
}

/** Does it want to be asked now when only one task can run? */
export function asksAlways({ always = false }: Chooser, settingUp: boolean): boolean {
  return always === true || (always !== false && !settingUp);
}

/** The default policy: keep the running task, else the lowest task id; faults do not fire. */
export const steadyChooser: Chooser = {
  pickTask(runnable, n, previous) {
    for (let i = 0; i < n; i++) if (runnable[i] === previous) return i;
    return 0;
  },
  pickFault() {
    return 0;
  },
};
