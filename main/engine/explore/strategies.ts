// Which search carries out which strategy, and the one that chooses for the user.
import type { Chooser } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import { IteratedBounds } from './bounded';
import type { CampaignOptions } from './campaign';

import { Dpor } from './dpor';
import { TooManyTasks } from './happens-before';
import type { Program } from './program';
import { Sampling } from './sampling';
import type { Coverage, Part, Search, Strategy } from './search';
import { Stateful } from './stateful';

/** A strategy cannot be used for what it was asked to search. */
export class UnfitStrategy extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UnfitStrategy';
  }
}

/**
 * Why a strategy cannot search a machine; empty when it can. Traces and states leave time out, and a
 * state leaves out the order that led to it.
 */
export function unfit(m: Machine, kind: Strategy['kind']): string {
  const reduces = kind === 'dpor' || kind === 'stateful';
  if (reduces && m.options.timed) {
    return `"${kind}" cannot search an experiment with "timed": the clock orders its steps; use "bounded"`;
  }
  const judge = m.checkers.find((c) => c.judgesOrder);
  if (kind === 'stateful' && judge !== undefined) {
    return `"stateful" cannot look for data races ("kcsan"): they are in the order of steps; use "dpor"`;
  }
  return '';
}

/** The search for a strategy. @throws UnfitStrategy */
export function searchFor(m: Machine, options: CampaignOptions): Search {
  const { strategy, budget } = options;
  const why = unfit(m, strategy.kind);
  if (why !== '') throw new UnfitStrategy(why);
  const part = options.part ?? null;
  const countTraces = options.countTraces ?? false;
  switch (strategy.kind) {
    case 'auto':
      return new Auto(m, strategy.seed, strategy.bound, budget, countTraces);
    case 'bounded':
    case 'delay': {
      const cost = strategy.kind === 'delay' ? 'delay' : 'preemption';
      if (part?.kind !== 'prefix') return new IteratedBounds(strategy.bound, cost);
      return new IteratedBounds(part.bound, cost, part.path);
    }
    case 'dpor': {
      const search = new Dpor(strategy.counts);
      if (part?.kind === 'trace') search.load(part.saved);
      return search;
    }
    case 'stateful':
      return new Stateful();
    default: {
      const { kind, seed } = strategy;
      const { from, to } = part?.kind === 'runs' ? part : { from: 0, to: budget };
      const depth = strategy.kind === 'pct' ? strategy.depth : 0;
      return new Sampling({ kind, seed, depth, from, to, countTraces });
    }
  }
}

/**
 * The parts of a search, in the order in which one process would do them; null when it is better left
 * whole.
 * @param wanted about how many
 */
export function partsOf(
  m: Machine,
  program: Program,
  options: CampaignOptions,
  wanted: number,
): Part[] | null {
  const { strategy, budget } = options;
  if (unfit(m, strategy.kind) !== '') return null;
  switch (strategy.kind) {
    case 'random':
    case 'urw':
    case 'pct':
    case 'pos': {
      const size = Math.max(1, Math.ceil(budget / wanted));
      const parts: Part[] = [];
      for (let from = 0; from < budget; from += size) {
        parts.push({ kind: 'runs', from, to: Math.min(budget, from + size) });
      }
      return parts;
    }
    case 'dpor':
      return traceParts(m, program, strategy.counts, wanted);
    case 'bounded':
    case 'delay':
      return boundParts(m, program, strategy, wanted);
    default:
      return null;
  }
}

/** Deepest cut that is tried: a search without that many decisions is small. */
const DEEPEST_CUT = 64;

/** Executions that teach a search of traces what to keep apart before it is cut. */
const TEACHING = 64;

function runAll(search: Dpor, m: Machine, program: Program, limit: number): void {
  m.goesOn = true;
  for (let i = 0; i < limit; i++) {
    if (!search.next(m, search.run(m, program))) break;
  }
  m.goesOn = false;
}

function traceParts(m: Machine, program: Program, counts: boolean, wanted: number): Part[] | null {
  const teacher = new Dpor(counts);
  runAll(teacher, m, program, TEACHING);
  for (let splitAt = 4; splitAt <= DEEPEST_CUT; splitAt += 4) {
    const search = new Dpor(counts, splitAt);
    search.learn(teacher);
    runAll(search, m, program, Number.POSITIVE_INFINITY);
    if (search.parts.length >= wanted) {
      return search.parts.map((saved) => ({ kind: 'trace', saved }));
    }
  }
  return null;
}

/** Every bound has parts of its own: first all of bound 0, then all of bound 1, and so on. */
function boundParts(
  m: Machine,
  program: Program,
  strategy: Extract<Strategy, { kind: 'bounded' | 'delay' }>,
  wanted: number,
): Part[] {
  const cost = strategy.kind === 'delay' ? 'delay' : 'preemption';
  const parts: Part[] = [];
  for (let bound = 0; bound <= strategy.bound; bound++) {
    let mine: Part[] = [];
    for (let splitAt = 0; splitAt <= DEEPEST_CUT && mine.length < wanted; splitAt += 2) {
      mine = [];
      const search = new IteratedBounds(bound, cost, [], splitAt);
      for (;;) {
        const outcome = search.run(m, program);
        mine.push({ kind: 'prefix', bound, path: search.path() });
        if (!search.next(m, outcome)) break;
      }
    }
    parts.push(...mine);
  }
  return parts;
}

/** What `auto` tries, one after the other, and the share of the budget after which it gives up. */
const STAGES = [
  { kind: 'dpor', share: 0.15 },
  { kind: 'stateful', share: 0.3 },
  { kind: 'bounded', share: 0.8 },
  { kind: 'pct', share: 1 },
] as const;
const BOUNDED = 2;
const SAMPLES = 3;

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
class Auto implements Search {
  private now: Search;
  private stage = 0;
  private executions = 0;
  private bounds: Partial<Coverage> = {};
  private samples = 0;

  constructor(
    private readonly m: Machine,
    private readonly seed: number,
    private readonly bound: number,
    private readonly budget: number,
    private readonly countTraces: boolean,
  ) {
    this.now = this.make(0);
  }

  /** The search of a stage, or of the next one that suits the machine. */
  private make(wanted: number): Search {
    let stage = wanted;
    while (unfit(this.m, (STAGES[stage] as (typeof STAGES)[number]).kind) !== '') stage++;
    this.stage = stage;
    if (stage === 0) return new Dpor();
    if (stage === 1) return new Stateful();
    if (stage === BOUNDED) return new IteratedBounds(this.bound, 'preemption');
    const to = Math.max(1, this.budget - this.executions + this.samples);
    const { seed, countTraces } = this;
    return new Sampling({ kind: 'pct', seed, depth: 3, from: 0, to, countTraces });
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
    const { share } = STAGES[this.stage] as (typeof STAGES)[number];
    if (!more || this.executions >= this.budget * share) this.now = this.make(this.stage + 1);
    return true;
  }

  again(): Chooser {
    return this.now.again();
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
