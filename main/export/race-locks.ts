// What a race diagram shows of a finding about locks: who held what when it took, or waits for, what. The checkers
// of lock order, deadlock and hung tasks say it in words, one line each.
import type { FindingShape, RunColumns } from '../../preload/contract/shapes';
import { kindName, targetName } from '../timeline/labels';
import { shortName } from './race-text';

/** A task that waits for something which it has not got. */
export interface Waiting {
  readonly task: number;
  readonly fn: string;
  readonly op: string;
}

const WAITS = /^(.+) waits in (\S+) for (.+) \((\w+)\)(?:[,;] .+)?$/;
const ORDER = /: in \S+ by .+ \(step (\d+)\), holding (.+)$/;
const LAST = /: now, in (\S+) by (.+), holding (.+?)(?:, waiting for (.+) \((\w+)\))?$/;
const HOLDS = /^ {2}holding (.+)$/;
const TAKES = /^(mutex_(try)?lock|spin_(try)?lock|down_read|down_write)$/;
const RELEASES = /^(mutex_unlock|spin_unlock|up_read|up_write)$/;

function waiting(run: RunColumns, who = '', fn = '', lock = '', kind = ''): Waiting[] {
  const task = run.tasks.findIndex((t) => t.name === who);
  return task < 0 ? [] : [{ task, fn, op: `${kind}(${shortName(lock)})` }];
}

/** Where the tasks wait that a finding is about. */
export function waitingOf(run: RunColumns, f: FindingShape): Waiting[] {
  return f.details.flatMap((d) => {
    const [, who, where, what, how] = WAITS.exec(d) ?? [];
    if (how !== undefined) return waiting(run, who, where, what, how);
    const [, fn, name, , lock, kind] = LAST.exec(d) ?? [];
    return kind === undefined ? [] : waiting(run, name, fn, lock, kind);
  });
}

/** The last step before another in which its task took a lock, or began an item of a queue; 0 if none. */
function takenBefore(run: RunColumns, step: number, task: number, lock: string): number {
  for (let i = step - 2; i >= 0; i--) {
    if (run.task[i] !== task) continue;
    const takes = TAKES.test(kindName(run, i)) && targetName(run, i) === lock;
    const begins =
      kindName(run, i) === 'work_start' && run.strings[run.value[i] as number] === lock;
    if (takes || begins) return i + 1;
  }
  return 0;
}

/** The step in which a lock that was taken in another is released; 0 if that is not before `end`. */
function releasedAfter(run: RunColumns, step: number, end: number): number {
  for (let i = step; i < end; i++) {
    if (run.task[i] !== run.task[step - 1] || !RELEASES.test(kindName(run, i))) continue;
    if (targetName(run, i) === targetName(run, step - 1)) return i + 1;
  }
  return 0;
}

/**
 * The steps that a finding about held locks is made of: each taking, and where it ended. Empty for any other
 * finding.
 */
export function stepsOfLocks(run: RunColumns, f: FindingShape): number[] {
  const steps = new Set<number>();
  const add = (step: number): void => {
    if (step === 0) return;
    steps.add(step);
    if (TAKES.test(kindName(run, step - 1))) steps.add(releasedAfter(run, step, f.step));
  };
  for (const d of f.details) {
    const [, at, held] = ORDER.exec(d) ?? [];
    if (held !== undefined) {
      const step = Number(at);
      add(takenBefore(run, step, run.task[step - 1] as number, held));
      add(step);
    }
    const [, own] = HOLDS.exec(d) ?? [];
    if (own !== undefined) {
      add(takenBefore(run, f.step, run.task[f.step - 1] as number, own));
      add(f.step);
    }
    const [, , who, holds, , kind] = LAST.exec(d) ?? [];
    if (holds === undefined) continue;
    const task = run.tasks.findIndex((t) => t.name === who);
    // Who waits has not performed the step yet that closes the cycle.
    add(takenBefore(run, kind === undefined ? f.step : f.step + 1, task, holds));
    if (kind === undefined) add(f.step);
  }
  steps.delete(0);
  return [...steps].sort((a, b) => a - b);
}
