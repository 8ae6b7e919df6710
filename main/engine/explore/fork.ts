// Another choice at one step of a recorded run: up to there the run is repeated, then the task asked for
// performs its op, and the rest goes on as before or as the task likes.
import type { Choice, Chooser } from '../core/choice';
import { CHOICE_WITHHELD, steadyChooser } from '../core/choice';
import type { Machine } from '../core/machine';
import { current, type Task } from '../core/task';
import { OrderChooser, WhoRuns } from './follow';
import { type Program, type RecordedRun, runOnce, runRecorded } from './program';
import { ReplayChooser } from './replay';

/** What to do otherwise. */
export type Change =
  /** After `step` events the task with this id performs its op; `keeps`: then the old order goes on. */
  | { readonly kind: 'task'; readonly step: number; readonly task: number; readonly keeps: boolean }
  /** The fault that fired at this step does not. */
  | { readonly kind: 'no-fault'; readonly step: number };

/** A run that was told to go another way. */
export interface Forked extends RecordedRun {
  /** Number of events that it shares with the run it comes from. */
  readonly shared: number;
}

/** The change could not be made: the message says why. */
export class ForkRefused extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ForkRefused';
  }
}

/** Notes, for every decision, also how many events there were before it. */
class Decisions extends WhoRuns {
  readonly steps: number[] = [];
  /** Answers of faults, with the step at which each was asked. */
  readonly faults: { step: number; value: number }[] = [];

  override pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    this.steps.push(current.machine.step);
    return super.pickTask(runnable, n, previous);
  }

  override pickFault(options: number, label: string): number {
    const value = super.pickFault(options, label);
    this.faults.push({ step: current.machine.step, value });
    return value;
  }
}

/** Repeats a run up to a step, and hands over to another chooser from there. */
class Handover implements Chooser {
  readonly always = true;
  /** The second chooser decides now. */
  handed = false;
  private answers = 0;

  constructor(
    private readonly before: ReplayChooser,
    private readonly step: number,
    private readonly after: Chooser,
    private readonly faults: readonly number[],
  ) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    if (!this.handed && current.machine.step < this.step) {
      return n === 1 ? 0 : this.before.pickTask(runnable, n, previous);
    }
    this.handed = true;
    return this.after.pickTask(runnable, n, previous);
  }

  pickFault(options: number, label: string): number {
    const old = this.faults[this.answers++] ?? 0;
    if (!this.handed) return this.before.pickFault(options, label);
    return Math.min(old, options - 1);
  }
}

/** Lets one task run first, whatever comes then. */
class First implements Chooser {
  readonly always = true;
  private pending = true;

  constructor(
    private readonly task: number,
    private readonly then: Chooser,
  ) {}

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    if (this.pending) {
      this.pending = false;
      for (let i = 0; i < n; i++) if ((runnable[i] as Task).id === this.task) return i;
      throw new ForkRefused('the task cannot run at this step: see the choices that are open');
    }
    return this.then.pickTask(runnable, n, previous);
  }

  pickFault(options: number, label: string): number {
    return this.then.pickFault(options, label);
  }
}

/** The tasks of a list in their order, one of them taken out once. */
function without(tasks: readonly number[], task: number): number[] {
  const at = tasks.indexOf(task);
  return at < 0 ? [...tasks] : [...tasks.slice(0, at), ...tasks.slice(at + 1)];
}

/** Tell a machine which faults a schedule keeps from firing; returns what is left to be chosen. */
export function withhold(m: Machine, choices: readonly Choice[]): Choice[] {
  const kept = choices.filter((c) => c.kind === CHOICE_WITHHELD).map((c) => c.value);
  m.withheld = new Set(kept);
  return choices.filter((c) => c.kind !== CHOICE_WITHHELD);
}

/** The choices of a run on this machine, with what is withheld in front. */
function withWithheld(m: Machine, choices: readonly Choice[]): Choice[] {
  const kept = [...m.withheld].sort((a, b) => a - b);
  return [...kept.map((value) => ({ kind: CHOICE_WITHHELD, value, options: 0 })), ...choices];
}

/**
 * Run a schedule with one thing changed. The rest of the old order is kept as far as it goes.
 * @throws ForkRefused when the choice is not open at that step, or the run cannot be repeated here
 */
export function fork(
  m: Machine,
  program: Program,
  schedule: readonly Choice[],
  change: Change,
): Forked {
  const choices = withhold(m, schedule);
  const before = new ReplayChooser(choices);
  const decisions = new Decisions(before);
  runOnce(m, program, decisions);
  if (before.divergedAt >= 0 || before.unused > 0) {
    throw new ForkRefused(
      'this engine does not repeat the run, so it cannot go another way from it',
    );
  }
  const { tasks, steps } = decisions;
  // A decision stands before the events that it led to: the first one with as many events behind it.
  const found = steps.findIndex((s) => s >= change.step);
  const at = found < 0 ? steps.length : found;
  const shared = found < 0 ? m.step : (steps[at] as number);
  if (change.kind === 'no-fault') {
    m.withheld = new Set([...m.withheld, change.step]);
    const replay = new ReplayChooser(choices);
    // The step with the fault is the same decision; what follows is what the old order makes of it.
    const rest = new OrderChooser(tasks.slice(at), []);
    const faults = decisions.faults.filter((f) => f.step !== change.step || f.value === 0);
    const chooser = new Handover(
      replay,
      change.step,
      rest,
      faults.map((f) => f.value),
    );
    const run = runRecorded(m, program, chooser);
    return { ...run, choices: withWithheld(m, run.choices), shared: change.step - 1 };
  }
  const rest = change.keeps
    ? new OrderChooser(without(tasks.slice(at), change.task), [])
    : steadyChooser;
  const after = new First(change.task, rest);
  const faults = decisions.faults.map((f) => f.value);
  const chooser = new Handover(new ReplayChooser(choices), shared, after, faults);
  const run = runRecorded(m, program, chooser);
  if (!chooser.handed) throw new ForkRefused('the run is over at this step: nothing can run');
  return { ...run, choices: withWithheld(m, run.choices), shared };
}
