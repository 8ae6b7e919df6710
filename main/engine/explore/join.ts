// What parts of a search have covered together. The parts are told in the order in which one process
// would do them, and the sum says no more than that process would.
import { type AutoStrategy, BOUNDED, SAMPLES, stageStrategy } from './auto';
import type { SavedCampaign, Share } from './campaign';
import type { SavedRepeats } from './fickle';
import type { Coverage, Strategy } from './search';

/** Executions of a share, those that were given up included. */
export function spentBy(saved: SavedCampaign): number {
  return saved.executions + saved.cut;
}

const sum = (shares: readonly Share[], of: (s: SavedCampaign) => number): number =>
  shares.reduce((n, { saved }) => n + of(saved), 0);

/** Signatures of the traces that a share has met, where parts may meet the same ones. */
export function tracesOf({ search }: SavedCampaign): readonly string[] {
  const { traces, repeats } = search as { traces?: readonly string[]; repeats?: SavedRepeats };
  return traces ?? repeats?.seen ?? [];
}

/** The shares of one bound, which only count together. */
function ofBound(shares: readonly Share[], bound: number): Share[] {
  return shares.filter(({ part }) => part?.kind === 'prefix' && part.bound === bound);
}

/** Have the parts of a bound left nothing out, so that no higher bound can add anything? */
export function boundIsAll(shares: readonly Share[], bound: number): boolean {
  const mine = ofBound(shares, bound);
  return mine.length > 0 && mine.every(({ saved }) => saved.over && saved.coverage.complete);
}

/** Coverage of a search that was done in parts, or as a whole by somebody else. */
export function joinCoverage(strategy: Strategy, shares: readonly Share[]): Coverage {
  const [only] = shares;
  if (shares.length === 1 && only?.part === null) return only.saved.coverage;
  const whole: Coverage = {
    executions: sum(shares, (s) => s.executions),
    blocked: sum(shares, (s) => s.coverage.blocked),
    exhausted: shares.every(({ saved }) => saved.over && saved.coverage.exhausted),
    complete: shares.every(({ saved }) => saved.over && saved.coverage.complete),
    traces: -1,
    states: -1,
    schedules: 0,
    boundDone: -1,
    steps: sum(shares, (s) => s.steps),
    guessed: shares.some(({ saved }) => saved.coverage.guessed),
    tooLong: sum(shares, (s) => s.tooLong),
  };
  switch (strategy.kind) {
    case 'bounded':
    case 'delay':
      return { ...whole, ...joinBounds(strategy.bound, shares) };
    case 'auto':
      return { ...whole, ...joinStages(strategy, shares) };
    case 'dpor': {
      // Where executions may repeat a trace, those of two parts may be one.
      const met = different(shares);
      return { ...whole, traces: met > 0 ? met : sum(shares, (s) => s.coverage.traces) };
    }
    case 'stateful':
      return { ...whole, states: sum(shares, (s) => s.coverage.states) };
    default: {
      const counted = shares.some(({ saved }) => saved.coverage.traces >= 0);
      return { ...whole, exhausted: false, traces: counted ? different(shares) : -1 };
    }
  }
}

/** How many traces do they have together that were told apart? */
function different(shares: readonly Share[]): number {
  const met = new Set<string>();
  for (const { saved } of shares) for (const t of tracesOf(saved)) met.add(t);
  return met.size;
}

/** The shares of one stage of `auto`, as parts of what it does. */
export function ofStage(shares: readonly Share[], stage: number): Share[] {
  return shares.flatMap(({ part, saved }) =>
    part?.kind === 'stage' && part.stage === stage ? [{ part: part.of, saved }] : [],
  );
}

/** What `auto` has covered is what its last stage has; samples come on top of the bounds before them. */
function joinStages(strategy: AutoStrategy, shares: readonly Share[]): Partial<Coverage> {
  const stages = shares.map(({ part }) => (part?.kind === 'stage' ? part.stage : 0));
  const last = Math.max(0, ...stages);
  const of = (stage: number): Coverage =>
    joinCoverage(stageStrategy(strategy, stage), ofStage(shares, stage));
  const now = of(last);
  const { exhausted, complete, traces, states, schedules, boundDone, guessed } = now;
  if (last < SAMPLES) {
    return { exhausted, complete, traces, states, schedules, boundDone, guessed };
  }
  const bounds = ofStage(shares, BOUNDED).length === 0 ? now : of(BOUNDED);
  return {
    exhausted: bounds.exhausted,
    complete: false,
    guessed: false,
    boundDone: bounds.boundDone,
    schedules: now.executions,
    traces: Math.max(0, traces),
  };
}

function joinBounds(last: number, shares: readonly Share[]): Partial<Coverage> {
  let boundDone = -1;
  let schedules = 0;
  for (let bound = 0; bound <= last; bound++) {
    const mine = ofBound(shares, bound);
    if (mine.length === 0 || !mine.every(({ saved }) => saved.over)) break;
    boundDone = bound;
    schedules = sum(mine, (s) => s.executions);
    if (boundIsAll(shares, bound)) return { boundDone, schedules, exhausted: true, complete: true };
  }
  return { boundDone, schedules, exhausted: boundDone === last, complete: false };
}
