// A program builds a world in a machine; running it once under a chooser is one execution.
import type { Choice, Chooser } from '../core/choice';
import { CHOICE_FAULT, CHOICE_TASK } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import { Recorder, type RunTables } from '../core/recorder';
import type { Task } from '../core/task';

/** Builds the world: hardware, kernel, tasks. Called after `Machine.begin`. */
export interface Program {
  (m: Machine): void;
  /** It keeps nothing outside the machine: its world can be put back instead of being built again. */
  readonly keepsNothing?: boolean;
}

/** One execution in search mode: checkers only, nothing stored. */
export function runOnce(m: Machine, program: Program, chooser: Chooser): Outcome {
  if (chooser.always !== true && m.worlds.resume(program, chooser)) return m.run();
  m.begin(chooser, null);
  if (program.keepsNothing === true && chooser.always !== true) m.worlds.saveFor(program);
  program(m);
  return m.run();
}

/** Notes what another chooser decides. */
export class RecordingChooser implements Chooser {
  readonly choices: Choice[] = [];
  readonly always: boolean;
  constructor(private readonly inner: Chooser) {
    this.always = inner.always === true;
  }

  pickTask(runnable: readonly Task[], n: number, previous: Task | null): number {
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
