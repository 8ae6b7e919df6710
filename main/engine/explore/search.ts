// What every strategy looks like to a campaign: it runs one execution after the other until it has
// seen all it wants to see, can say what that was, and can be put to rest and taken up again.
import type { Chooser } from '../core/choice';
import type { Finding } from '../core/finding';
import type { Machine, Outcome } from '../core/machine';
import type { Task } from '../core/task';
import type { Program } from './program';

/** How to search (`explore.md` section 1). */
export type Strategy =
  /** Whatever suits: all traces or states if they are few, else bounded, then samples. */
  | { readonly kind: 'auto'; readonly seed: number; readonly bound: number }
  /** Uniform over the tasks that can run. */
  | { readonly kind: 'random'; readonly seed: number }
  /** Uniform over interleavings, as far as the lengths of tasks are known. */
  | { readonly kind: 'urw'; readonly seed: number }
  /** Random priorities with `depth` - 1 drops: finds a bug of that depth with a known probability. */
  | { readonly kind: 'pct'; readonly seed: number; readonly depth: number }
  /** Random priorities, drawn again for ops that race. */
  | { readonly kind: 'pos'; readonly seed: number }
  /** Every schedule with at most `bound` preemptions. */
  | { readonly kind: 'bounded'; readonly bound: number }
  /** Every schedule with at most `bound` delays of a deterministic scheduler. */
  | { readonly kind: 'delay'; readonly bound: number }
  /** Every state once. */
  | { readonly kind: 'stateful' }
  /** Every trace once; `counts`: references that commute are not told apart. */
  | { readonly kind: 'dpor'; readonly counts: boolean };

export type StrategyKind = Strategy['kind'];

/** Every strategy, with a sentence for menus and help. */
export const STRATEGIES: Readonly<Record<StrategyKind, string>> = {
  auto: 'all traces or states if they are few, else bounded, then samples',
  stateful: 'every state once',
  dpor: 'every trace once (optimal DPOR)',
  bounded: 'every schedule with at most so many preemptions',
  delay: 'every schedule with at most so many delays',
  pct: 'random priorities with few changes (PCT)',
  pos: 'random priorities, drawn again where ops race (partial-order sampling)',
  urw: 'uniform over interleavings (uniform random walk)',
  random: 'uniform over tasks at every step (random walk)',
};

/** What has been covered. Never more than was done. */
export interface Coverage {
  /** Complete executions. */
  readonly executions: number;
  /** Executions given up because everything they could lead to was known. */
  readonly blocked: number;
  /** Every schedule within what the strategy looks at was run. */
  readonly exhausted: boolean;
  /** And that is everything there is: no bound has kept anything out. */
  readonly complete: boolean;
  /** Different traces, or -1 when they were not told apart. */
  readonly traces: number;
  /** Different states, or -1. */
  readonly states: number;
  /** Executions of the last finished bound. */
  readonly schedules: number;
  /** Largest bound that was exhausted; -1 for none. */
  readonly boundDone: number;
  /** Ops performed. */
  readonly steps: number;
  /** The program keeps state where the search cannot see it, so it may have missed something. */
  readonly guessed: boolean;
  /** Executions that were cut off at the step limit; what follows in them is not known. */
  readonly tooLong: number;
}

/** Answers to the first decisions: ids of tasks, or of fault choices. */
export type Path = readonly number[];

/** Part of a search, to be done by another process. Plain data. */
export type Part =
  | { readonly kind: 'runs'; readonly from: number; readonly to: number }
  /** The schedules of a bound that begin with the answers of one of these paths. */
  | { readonly kind: 'prefix'; readonly bound: number; readonly paths: readonly Path[] }
  | {
      readonly kind: 'trace';
      readonly saved: unknown;
      /** How often parts had been cut again when this one was made. */
      readonly cuts?: number;
    }
  /** What is left to be tried from a place of a search of states (`state-rounds.ts`): begun already, or new. */
  | { readonly kind: 'states'; readonly saved: unknown; readonly isNew: boolean }
  /** Of what `auto` tries, see `STAGES`; null stands for all of it. */
  | { readonly kind: 'stage'; readonly stage: number; readonly of: Part | null };

/** A finding that another order of an execution's steps comes to first. */
export interface Apart {
  readonly finding: Finding;
  readonly chooser: Chooser;
}

/** A strategy at work on one program. */
export interface Search {
  /** Run the next execution. */
  run(m: Machine, program: Program): Outcome;
  /** Look at the execution that has just been run and move on; false when there is nothing left. */
  next(m: Machine, outcome: Outcome): boolean;
  /** Takes the decisions of the last execution again. */
  again(): Chooser;
  /** Preemptions of the last execution, or -1 when they are not counted. */
  readonly preemptions: number;
  /** What the strategy knows of its own coverage. */
  covered(): Partial<Coverage>;
  /** A guess at how many executions are left, or -1 when there is no telling. */
  left(): number;
  /** It looks at what happens after a fatal finding, and at pairs of steps: see `Machine.goesOn`. */
  readonly goesOn?: boolean;
  /** Findings that come after a fatal one in the last execution and need not, each with who takes decisions so. */
  apart?(m: Machine): readonly Apart[];
  /** Of a search that several do together: the states that it has met, see `Stateful.met`. */
  met?(): Int32Array;
  /** Everything needed to go on later, as plain data. */
  save(): unknown;
  /** Go on with a saved search of the same program. */
  load(saved: unknown): void;
}

/**
 * Executions left of a depth-first search, if what is left branches like what is done.
 * @param done share of the space that has been explored, from 0 to 1
 */
export function estimate(executions: number, done: number): number {
  return done <= 0 ? -1 : Math.round((executions * (1 - done)) / done);
}

/** Takes decisions that were noted step by step. */
export class PathChooser implements Chooser {
  readonly always = true;
  private step = 0;
  private answer = 0;

  /**
   * @param tasks ids of the tasks, one a step
   * @param answers answers to fault choices, in the order of asking
   */
  constructor(
    private readonly tasks: readonly number[],
    private readonly answers: readonly number[],
  ) {}

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    const id = this.tasks[this.step++];
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).id === id) return i;
    return 0;
  }

  pickFault(): number {
    return this.answers[this.answer++] ?? 0;
  }
}
