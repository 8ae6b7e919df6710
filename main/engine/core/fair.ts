// Fair scheduling, for runs that do not come to an end: beyond the step bound every task that can run
// has its turn, so that what still goes on for ever does not wait for a task that never ran. Steps that
// repeat then are a livelock; without the fair turns a starved spinner would look like one.
import type { Chooser } from './choice';
import { kindOf, report } from './finding';
import type { Machine } from './machine';

import { valueText } from './recorder';
import { functionOf, type Task } from './task';
import { KINDS } from './vocabulary';

/** Ops that are scheduled fairly before a run is given up. */
export const FAIR_STEPS = 3000;
/** A cycle must have come round so often. */
const ROUNDS = 3;

/** One turn for each, around and around; faults do not fire. */
export class FairTurns implements Chooser {
  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const last = previous === null ? -1 : previous.id;
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).id > last) return i;
    return 0;
  }

  pickFault(): number {
    return 0;
  }
}

/** The ops of the fair turns, as text; equal text means the same step. */
export class FairSteps {
  private readonly steps: string[] = [];
  private readonly kinds: string[] = [];
  private readonly tasks: string[] = [];

  /** An op has been performed. */
  note(t: Task, kind: number, thing: Task['object'], field: string | null, result: unknown): void {
    const name = KINDS[kind]?.name ?? '';
    const where = functionOf(t).name;
    const member = field === null ? '' : `.${field}`;
    const gives = result === undefined ? '' : ` gives ${valueText(result)}`;
    this.steps.push(`${t.name} in ${where}: ${name} ${thing?.name ?? ''}${member}${gives}`.trim());
    this.kinds.push(`${where}|${name}|${thing === null ? '' : kindOf(thing)}`);
    this.tasks.push(t.name);
  }

  /** Length of the cycle that the last steps go round in; 0 when there is none. */
  private period(): number {
    const { steps } = this;
    const n = steps.length;
    for (let p = 1; p * ROUNDS <= n; p++) {
      let i = n - 1;
      while (i >= n - p * (ROUNDS - 1) && steps[i] === steps[i - p]) i--;
      if (i < n - p * (ROUNDS - 1)) return p;
    }
    return 0;
  }

  /** Say what the run that does not end is at. */
  report(m: Machine, t: Task): void {
    const p = this.period();
    if (p === 0) {
      report(m, {
        checker: 'step-limit',
        severity: 'fatal',
        title: `INFO: run stopped after ${m.step} steps`,
        message: `the run did not come to an end within ${m.step} steps, the last ${this.steps.length} of them fairly scheduled`,
        identity: 'step-limit',
        at: t,
      });
      return;
    }
    const cycle = this.steps.slice(-p);
    const names = [...new Set(this.tasks.slice(-p))].sort();
    const what = [...new Set(this.kinds.slice(-p))].sort();
    const who = names.join(', ');
    const verb = names.length === 1 ? 'repeats' : 'repeat';
    report(m, {
      checker: 'livelock',
      severity: 'fatal',
      title: `INFO: livelock: ${who} makes no progress`,
      message: `livelock: ${who} ${verb} the same ${p} step${p === 1 ? '' : 's'} for ever, though every task has its turn: ${cycle[0]}`,
      identity: `livelock|${what.join('|')}`,
      at: t,
      details: cycle,
    });
  }
}
