// What is searched when nobody says how: one strategy after the other, each for a share of the budget.
import type { Chooser } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import { IteratedBounds } from './bounded';
import { TooManyTasks } from './clocks';
import { Dpor } from './dpor';
import type { Program } from './program';
import { Sampling } from './sampling';
import type { Apart, Coverage, Search, Strategy } from './search';
import { Stateful } from './stateful';
import { unfit } from './unfit';

export type AutoStrategy = Extract<Strategy, { kind: 'auto' }>;

/** The share of the budget after which each stage gives up: traces, states, bounds, samples. */
export const STAGES: readonly number[] = [0.15, 0.3, 0.8, 1];
export const BOUNDED = 2;
export const SAMPLES = 3;

/** What a stage does. */
export function stageStrategy({ seed, bound }: AutoStrategy, stage: number) {
  switch (stage) {
    case 0:
      return { kind: 'dpor', counts: false } as const;
    case 1:
      return { kind: 'stateful' } as const;
    case BOUNDED:
      return { kind: 'bounded', bound } as const;
    default:
      return { kind: 'pct', seed, depth: 3 } as const;
  }
}

/** What an `auto` search at rest keeps. */
interface SavedAuto {
  readonly stage: number;
  readonly executions: number;
  readonly bounds: Partial<Coverage>;
  readonly samples: number;
  readonly now: unknown;
}

/**
 * All traces if they are few, or all states; else every schedule within bounds; else, and in any case,
 * samples.
 */
export class Auto implements Search {
  private now: Search;
  private stage = 0;
  private executions = 0;
  private bounds: Partial<Coverage> = {};
  private samples = 0;

  constructor(
    private readonly m: Machine,
    private readonly strategy: AutoStrategy,
    private readonly budget: number,
    private readonly countTraces: boolean,
  ) {
    this.now = this.make(0);
  }

  /** The search of a stage, or of the next one that suits the machine. */
  private make(wanted: number): Search {
    let stage = wanted;
    while (unfit(this.m, stageStrategy(this.strategy, stage).kind) !== '') stage++;
    this.stage = stage;
    const s = stageStrategy(this.strategy, stage);
    if (s.kind === 'dpor') return new Dpor();
    if (s.kind === 'stateful') return new Stateful();
    if (s.kind === 'bounded') return new IteratedBounds(s.bound, 'preemption');
    const to = Math.max(1, this.budget - this.executions + this.samples);
    const { countTraces } = this;
    return new Sampling({ ...s, from: 0, to, countTraces });
  }

  get preemptions(): number {
    return this.now.preemptions;
  }

  get goesOn(): boolean {
    return this.now.goesOn === true;
  }

  run(m: Machine, program: Program): Outcome {
    try {
      return this.now.run(m, program);
    } catch (e) {
      if (!(e instanceof TooManyTasks)) throw e;
      this.now = this.make(this.stage + 1);
      m.goesOn = this.goesOn;
      return this.now.run(m, program);
    }
  }

  next(m: Machine, outcome: Outcome): boolean {
    this.executions++;
    if (this.stage === SAMPLES) this.samples++;
    const more = this.now.next(m, outcome);
    if (this.stage === SAMPLES) return more;
    const covered = this.now.covered();
    if (this.stage === BOUNDED) this.bounds = covered;
    if (!more && covered.complete === true) return false;
    if (!more || this.executions >= this.budget * (STAGES[this.stage] as number))
      this.now = this.make(this.stage + 1);
    return true;
  }

  again(): Chooser {
    return this.now.again();
  }

  apart(m: Machine): readonly Apart[] {
    return this.now.apart?.(m) ?? [];
  }

  covered(): Partial<Coverage> {
    if (this.stage < BOUNDED) return this.now.covered();
    if (this.stage === BOUNDED) return this.bounds;
    const { traces } = this.now.covered();
    const { boundDone, exhausted } = this.bounds;
    return {
      exhausted: exhausted ?? false,
      boundDone: boundDone ?? -1,
      schedules: this.samples,
      traces: Math.max(0, traces ?? 0),
    };
  }

  left(): number {
    return this.budget - this.executions;
  }

  save(): unknown {
    const { stage, executions, bounds, samples } = this;
    return { stage, executions, bounds, samples, now: this.now.save() };
  }

  load(saved: unknown): void {
    const s = saved as SavedAuto;
    this.executions = s.executions;
    this.bounds = s.bounds;
    this.samples = s.samples;
    this.now = this.make(s.stage);
    this.now.load(s.now);
  }
}
