// Shrinks a schedule that reaches a finding: fewer faults, fewer preemptions, fewer switches, as long
// as the same finding comes out. A schedule is written as what it does differently from a default
// (keep going, else the lowest task; no fault fires), each difference tied to a task's own step count,
// so that one can be left out without moving the others (`explore.md` section 4.8, 4.9).
import { type Choice, type Chooser, steadyChooser } from '../core/choice';
import type { Machine } from '../core/machine';
import { current, type Task } from '../core/task';
import type { FewPreemptions } from './fewer';
import { type Program, runOnce, runRecorded } from './program';
import { ReplayChooser } from './replay';

/** After the n-th step of a task, another one goes on. */
interface Switch {
  readonly from: number;
  readonly after: number;
  readonly to: number;
}

/** The n-th fault choice of a task is answered so. */
interface Answer {
  readonly task: number;
  readonly nth: number;
  readonly answer: number;
}

type Difference = Switch | Answer;

function isAnswer(d: Difference): d is Answer {
  return 'nth' in d;
}

/** Counts the fault choices of each task. */
class FaultCounter {
  private readonly asked = new Map<number, number>();

  next(): { task: number; nth: number } {
    const task = current.task?.key ?? 0;
    const nth = this.asked.get(task) ?? 0;
    this.asked.set(task, nth + 1);
    return { task, nth };
  }
}

/** Notes where a schedule differs from the default. */
class Differences implements Chooser {
  readonly found: Difference[] = [];
  private readonly faults = new FaultCounter();

  constructor(private readonly inner: Chooser) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const i = this.inner.pickTask(runnable, n, previous);
    if (i !== steadyChooser.pickTask(runnable, n, previous)) {
      const from = previous?.key ?? 0;
      const after = previous?.steps ?? 0;
      this.found.push({ from, after, to: (runnable[i] as Task).key });
    }
    return i;
  }

  pickFault(options: number, label: string): number {
    const answer = this.inner.pickFault(options, label);
    const at = this.faults.next();
    if (answer !== 0) this.found.push({ ...at, answer });
    return answer;
  }
}

/** Follows the default with some differences, and counts preemptions. */
class DifferentChooser implements Chooser {
  preemptions = 0;
  private readonly faults = new FaultCounter();

  constructor(private readonly differences: readonly Difference[]) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const usual = steadyChooser.pickTask(runnable, n, previous);
    const from = previous?.key ?? 0;
    const after = previous?.steps ?? 0;
    for (const d of this.differences) {
      if (isAnswer(d) || d.from !== from || d.after !== after) continue;
      for (let i = 0; i < n; i++) {
        if ((runnable[i] as Task).key !== d.to) continue;
        if (runnable[usual] === previous) this.preemptions++;
        return i;
      }
    }
    return usual;
  }

  pickFault(options: number): number {
    const { task, nth } = this.faults.next();
    for (const d of this.differences) {
      if (isAnswer(d) && d.task === task && d.nth === nth) return Math.min(d.answer, options - 1);
    }
    return 0;
  }
}

/** A schedule that cannot be made smaller by leaving something out. */
export interface Shrunk {
  readonly choices: readonly Choice[];
  readonly preemptions: number;
  /** Fault choices answered other than "nothing happens". */
  readonly faults: number;
  readonly steps: number;
  /** Every schedule with fewer preemptions was run, and none came to the finding. */
  readonly minimal: boolean;
}

/** Executions spent on schedules with fewer preemptions. */
const FEWER_LIMIT = 3000;

function meets(m: Machine, identity: string): boolean {
  return m.findings.some((f) => f.identity === identity);
}

/** Leave out whatever can be left out; large pieces first. */
function leaveOut(all: readonly Difference[], holds: (d: Difference[]) => boolean): Difference[] {
  let kept = [...all];
  for (let size = Math.ceil(kept.length / 2); size >= 1; ) {
    let smaller = false;
    for (let at = 0; at < kept.length; ) {
      const rest = [...kept.slice(0, at), ...kept.slice(at + size)];
      if (holds(rest)) {
        kept = rest;
        smaller = true;
      } else at += size;
    }
    if (size === 1 && !smaller) break;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return kept;
}

function differencesOf(m: Machine, program: Program, choices: readonly Choice[]): Difference[] {
  const noting = new Differences(new ReplayChooser(choices));
  runOnce(m, program, noting);
  return noting.found;
}

/**
 * Shrink the schedule `choices`, which comes to the finding `identity`. The same input gives the same
 * result.
 * @param few what is known of schedules with few preemptions; it makes no difference to the result, but to who asks next
 */
export function shrink(
  m: Machine,
  program: Program,
  identity: string,
  choices: readonly Choice[],
  few: FewPreemptions,
): Shrunk {
  m.goesOn = false;
  const holds = (d: readonly Difference[]): boolean => {
    runOnce(m, program, new DifferentChooser(d));
    return meets(m, identity);
  };
  const reduce = (from: readonly Choice[]): Difference[] => {
    const all = differencesOf(m, program, from);
    // Differences say all that a schedule is, unless a step is chosen for whom no step came before.
    if (!holds(all)) return all;
    const faults = all.filter(isAnswer);
    const switches = all.filter((d) => !isAnswer(d));
    const fewer = leaveOut(faults, (f) => holds([...f, ...switches]));
    return [...fewer, ...leaveOut(switches, (s) => holds([...fewer, ...s]))];
  };
  let kept = reduce(choices);
  let chooser = new DifferentChooser(kept);
  let run = runRecorded(m, program, chooser);
  if (!meets(m, identity)) {
    run = runRecorded(m, program, new ReplayChooser(choices));
    return { choices, preemptions: -1, faults: 0, steps: m.step, minimal: false };
  }
  let left = FEWER_LIMIT;
  let minimal = true;
  for (let bound = 0; bound < chooser.preemptions; bound++) {
    const fewer = few.first(identity, bound, left);
    left -= fewer.executions;
    if (fewer.choices !== null) {
      kept = reduce(fewer.choices);
      chooser = new DifferentChooser(kept);
      run = runRecorded(m, program, chooser);
      break;
    }
    minimal &&= fewer.known;
  }
  // Leaves the machine as the shrunk schedule leaves it.
  run = runRecorded(m, program, new ReplayChooser(run.choices));
  const { preemptions } = chooser;
  const faults = kept.filter(isAnswer).length;
  return { choices: run.choices, preemptions, faults, steps: m.step, minimal };
}
