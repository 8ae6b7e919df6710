// A program builds a world in a machine; running it once under a chooser is one execution.
import type { Choice, Chooser } from '../core/choice';
import { CHOICE_FAULT, CHOICE_TASK } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import type { Observer } from '../core/observer';
import { Recorder, type RunTables } from '../core/recorder';
import type { Task } from '../core/task';

/** Builds the world: hardware, kernel, tasks. Called after `Machine.begin`. */
export interface Program {
  (m: Machine): void;
  /** It keeps nothing outside the machine: its world can be put back instead of being built again. */
  readonly keepsNothing?: boolean;
}

/** Gives a run up at its first decision. */
const undecided: Chooser = { pickTask: () => -1, pickFault: () => 0 };

/**
 * Put the world of a program back, set up. Saves it when it is new.
 * @param most ops that the set-up may have taken
 * @returns false where the world has to be built
 */
function resume(m: Machine, program: Program, chooser: Chooser, most = Infinity): boolean {
  if (program.keepsNothing !== true) return false;
  if (!m.worlds.knows(program)) {
    m.begin(undecided, null);
    m.worlds.saveFor(program);
    program(m);
    // Without a set-up the world is what has been built.
    if (m.settingUp) m.run();
    else m.worlds.save();
  }
  return m.worlds.setUpOps <= most && m.worlds.resume(program, chooser);
}

/**
 * One execution in search mode: checkers only, nothing stored.
 * @param observer one that does not care for the set-up, which is the same in all of them
 */
export function runOnce(
  m: Machine,
  program: Program,
  chooser: Chooser,
  observer: Observer | null = null,
): Outcome {
  // Who decides even where there is one choice wants to see the set-up.
  if (chooser.always !== true && resume(m, program, chooser)) m.observer = observer;
  else {
    m.begin(chooser, null, observer);
    program(m);
  }
  return m.run();
}

/** One execution of a search that repeats `length` known ops before it decides again. */
export function runGuided(
  m: Machine,
  program: Program,
  search: Chooser & Observer,
  guide: ArrayLike<number>,
  length: number,
): Outcome {
  if (resume(m, program, search, length)) {
    m.observer = search;
    m.guideFrom = m.worlds.setUpOps;
  } else {
    m.begin(search, null, search);
    program(m);
  }
  m.guide = guide;
  m.guideLength = length;
  return m.run();
}

/** Notes what another chooser decides. */
export class RecordingChooser implements Chooser {
  readonly choices: Choice[] = [];
  readonly always: NonNullable<Chooser['always']>;
  constructor(private readonly inner: Chooser) {
    this.always = inner.always ?? false;
  }

  pickTask(runnable: ArrayLike<Task>, n: number, previous: Task | null): number {
    const i = this.inner.pickTask(runnable, n, previous);
    if (n > 1) {
      this.choices.push({ kind: CHOICE_TASK, value: (runnable[i] as Task).id, options: n });
    }
    return i;
  }

  pickFault(options: number, label: string): number {
    const value = this.inner.pickFault(options, label);
    this.choices.push({ kind: CHOICE_FAULT, value, options });
    return value;
  }
}

/** A recorded execution. */
export interface RecordedRun {
  readonly outcome: Outcome;
  readonly tables: RunTables;
  readonly choices: readonly Choice[];
}

/** One execution in record mode. */
export function runRecorded(m: Machine, program: Program, chooser: Chooser): RecordedRun {
  const recorder = new Recorder();
  const noting = new RecordingChooser(chooser);
  m.begin(noting, recorder);
  program(m);
  const outcome = m.run();
  return { outcome, tables: recorder.tables(), choices: noting.choices };
}
