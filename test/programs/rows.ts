// The rows of `shared/explore.md` section 2: each program with the number of traces it must have, by size.
import type { Program } from '../../main/engine/api';
import { seed } from './seed';
import * as p from './table';

/** A program that comes in sizes. */
export interface Row {
  readonly name: string;
  readonly make: (n: number) => Program;
  /** Traces at size n. */
  readonly traces: (n: number) => number;
  /** Sizes that tests try; the first is where a benchmark begins. */
  readonly sizes: readonly number[];
  /** Largest size that there is a number for. */
  readonly last?: number;
}

const factorial = (n: number): number => (n <= 1 ? 1 : n * factorial(n - 1));
const choose = (n: number, k: number): number =>
  Math.round(factorial(n) / (factorial(k) * factorial(n - k)));

/** Counts that no formula is known for, by size. */
function listed(counts: Readonly<Record<number, number>>): (n: number) => number {
  return (n) => counts[n] ?? Number.NaN;
}

/** Reporters, responders and disablers of the seed scenario, by number. */
const SEEDS = [
  [1, 1, 1],
  [2, 1, 1],
  [1, 2, 1],
  [2, 2, 1],
] as const;

export const ROWS: readonly Row[] = [
  { name: 'readers', make: p.readers, traces: (n) => 2 ** n, sizes: [4, 8] },
  { name: 'lastwrite', make: p.lastWrite, traces: factorial, sizes: [3, 5] },
  { name: 'floating-read', make: p.floatingRead, traces: (n) => factorial(n + 1), sizes: [3, 4] },
  { name: 'lastzero', make: p.lastZero, traces: (n) => (n + 3) * 2 ** (n - 2), sizes: [5, 10] },
  {
    name: 'indexer',
    make: p.indexer,
    traces: (n) => 8 ** Math.max(0, n - 11),
    sizes: [11, 12, 13],
  },
  {
    name: 'filesystem',
    make: p.filesystem,
    traces: (n) => 2 ** Math.max(0, n - 13),
    sizes: [13, 16, 18],
    // With more tasks three meet at a block.
    last: 26,
  },
  { name: 'incrementers', make: p.incrementers, traces: factorial, sizes: [3, 5] },
  { name: 'two-counters', make: p.twoCounters, traces: (n) => factorial(n) ** 2, sizes: [2, 3] },
  { name: 'two-writers', make: p.twoWriters, traces: (n) => choose(2 * n, n), sizes: [3, 5] },
  {
    name: 'one-lock, 2 sections each',
    make: (n) => p.sections(n, 2, true),
    traces: (n) => factorial(2 * n) / 2 ** n,
    sizes: [2, 3],
  },
  {
    name: 'private-locks, 2 sections each',
    make: (n) => p.sections(n, 2, false),
    traces: () => 1,
    sizes: [3],
    last: 24,
  },
  { name: 'ABBA', make: () => p.abba(), traces: () => 3, sizes: [1], last: 1 },
  {
    name: 'philosophers',
    make: (n) => p.philosophers(n, false),
    traces: (n) => 2 ** n - 1,
    sizes: [4, 6],
  },
  {
    name: 'ordered philosophers',
    make: (n) => p.philosophers(n, true),
    traces: (n) => 2 ** n - 2,
    sizes: [4, 5],
  },
  { name: 'mpat', make: p.mpat, traces: (n) => factorial(n) * 2 ** n, sizes: [3, 4] },
  { name: 'ssb', make: p.ssb, traces: (n) => 2 * n, sizes: [4, 6], last: 24 },
  { name: 'triangle', make: () => p.triangle(), traces: () => 4, sizes: [1], last: 1 },
  {
    name: 'seed legacy (1,1,1) (2,1,1) (1,2,1)',
    make: (n) => p.legacySeed(...(SEEDS[n - 1] as readonly [number, number, number])),
    traces: listed({ 1: 18, 2: 198, 3: 198 }),
    sizes: [1, 2, 3],
    last: 3,
  },
  {
    name: 'seed counted (1,1,1) (2,1,1) (1,2,1) (2,2,1)',
    make: (n) => seed('counted', ...(SEEDS[n - 1] as readonly [number, number, number])),
    traces: listed({ 1: 34, 2: 1314, 3: 1314, 4: 122_328 }),
    sizes: [1, 2, 3],
    last: 4,
  },
];

/** The same with references that commute told as one: see `Footprints.commutingCounts`. */
export const COMMUTING: Row = {
  name: 'seed counted, counts commute',
  make: (n) => seed('counted', ...(SEEDS[n - 1] as readonly [number, number, number])),
  traces: listed({ 1: 18, 2: 198, 3: 198, 4: 3672 }),
  sizes: [1, 2, 4],
  last: 4,
};
