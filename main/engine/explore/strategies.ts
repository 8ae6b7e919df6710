// Which search carries out which strategy, and how a search is cut into parts.
import type { Machine } from '../core/machine';
import { Auto } from './auto';
import { type Cost, IteratedBounds } from './bounded';
import { boundParts } from './bounded-parts';
import type { CampaignOptions } from './campaign';
import { Dpor } from './dpor';
import { type SavedDpor, StartAgain } from './dpor-state';
import type { Program } from './program';
import { Sampling } from './sampling';
import type { Part, Search } from './search';
import { Stateful } from './stateful';
import { UnfitStrategy, unfit } from './unfit';

function costOf(kind: 'bounded' | 'delay'): Cost {
  return kind === 'delay' ? 'delay' : 'preemption';
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
      return new Auto(m, strategy, budget, countTraces);
    case 'bounded':
    case 'delay': {
      const cost = costOf(strategy.kind);
      if (part?.kind !== 'prefix') return new IteratedBounds(strategy.bound, cost);
      return new IteratedBounds(part.bound, cost, part.paths);
    }
    case 'dpor': {
      const search = new Dpor(strategy.counts);
      if (part?.kind === 'trace') search.load(part.saved);
      return search;
    }
    case 'stateful': {
      const search = new Stateful(part?.kind === 'states' ? (options.states ?? null) : null);
      if (part?.kind === 'states') search.load(part.saved);
      return search;
    }
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
 * @param options of the whole search; their `part`, one by traces that has not been begun, is cut instead of it
 * @param wanted about how many
 * @param lesson what a search by traces has learned, by `Search.save` or `StartAgain`; null for nothing
 */
export function partsOf(
  m: Machine,
  program: Program,
  options: CampaignOptions,
  wanted: number,
  lesson: unknown = null,
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
      if (options.part?.kind === 'trace') {
        return partsOfTraces(m, program, strategy.counts, wanted, options.part.saved as SavedDpor);
      }
      return traceParts(m, program, strategy.counts, wanted, lesson as SavedDpor | null);
    case 'bounded':
    case 'delay':
      return boundParts(m, program, strategy.bound, costOf(strategy.kind), wanted);
    default:
      return null;
  }
}

/** Deepest cut that is tried: a search without that many events is small. */
const DEEPEST_CUT = 256;

/** Executions that teach a search of traces what to keep apart before it is cut. */
const TEACHING = 64;

function runAll(search: Dpor, m: Machine, program: Program, limit: number): void {
  m.goesOn = true;
  for (let i = 0; i < limit; i++) {
    if (!search.next(m, search.run(m, program))) break;
  }
  m.goesOn = false;
}

function traceParts(
  m: Machine,
  program: Program,
  counts: boolean,
  wanted: number,
  lesson: SavedDpor | null,
): Part[] | null {
  const teacher = new Dpor(counts);
  if (lesson !== null) teacher.learn(lesson);
  runAll(teacher, m, program, TEACHING);
  return cutAt(m, program, counts, wanted, 0, (search) => search.learn(teacher.save()));
}

/** Cut a part of the traces that has not been begun into smaller ones; null where it is better left whole. */
function partsOfTraces(
  m: Machine,
  program: Program,
  counts: boolean,
  wanted: number,
  part: SavedDpor,
): Part[] | null {
  try {
    return cutAt(m, program, counts, wanted, part.root, (search) => search.load(part));
  } catch (e) {
    // Who does the part learns the same, and tells it.
    if (e instanceof StartAgain) return null;
    throw e;
  }
}

/** Cut after so many events behind `root` that there are enough parts. */
function cutAt(
  m: Machine,
  program: Program,
  counts: boolean,
  wanted: number,
  root: number,
  begin: (search: Dpor) => void,
): Part[] | null {
  for (let splitAt = root + 4; splitAt <= root + DEEPEST_CUT; splitAt += 4) {
    const search = new Dpor(counts, splitAt);
    begin(search);
    runAll(search, m, program, Number.POSITIVE_INFINITY);
    if (search.parts.length >= wanted) {
      return search.parts.map((saved) => ({ kind: 'trace', saved }));
    }
  }
  return null;
}
