// explorer: a search of states done in rounds finds what one in one piece finds, and comes to rest and goes on without
// losing anything.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  Campaign,
  type CampaignOptions,
  type Done,
  Machine,
  NEW,
  type Part,
  type Program,
  type SavedStateful,
  Stateful,
  StateRounds,
  StateSet,
  StatesOnTop,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { loadOwn } from '../bench/load';
import { randomLab } from '../programs/random-lab';
import { type Family, randomProgram } from '../programs/random-program';
import { seed } from '../programs/seed';
import { galleryScripts, zooScripts } from '../support/experiments';
import {
  allRounds,
  allStates,
  allStatesInRounds,
  inRounds,
  MIDDLE_SIZES,
  partOf,
  SMALL_SIZES,
} from '../support/in-rounds';

const strategy = { kind: 'stateful' } as const;
/** Searches with more executions are passed over. */
const MOST = 2000;
const options: CampaignOptions = { strategy, budget: MOST };

/** Larger than the search in one piece: some is done twice. */
const ENOUGH: CampaignOptions = { strategy, budget: 20 * MOST };

function whole(m: Machine, program: Program): Campaign {
  const c = new Campaign(m, program, options);
  while (!c.slice(MOST));
  return c;
}

/** @returns how often the rounds had to begin; 0 when the search is too large */
function sameInRounds(make: () => Machine, program: Program, sizes = SMALL_SIZES): number {
  const one = whole(make(), program);
  if (!one.coverage.exhausted) return 0;
  const { rounds, begun } = inRounds(make, program, ENOUGH, sizes);
  const { found, coverage, fired, tooLong } = rounds.save();
  expect(coverage.exhausted).toBe(true);
  expect(found.map((f) => f.finding.identity).sort()).toEqual([...one.found.keys()].sort());
  expect([...fired].sort()).toEqual([...one.fired].sort());
  expect(tooLong > 0).toBe(one.coverage.tooLong > 0);
  return begun;
}

// The others have no states to search.
const SEARCHED = [...galleryScripts(), ...zooScripts()].filter(([, script]) => {
  const { options } = loadOwn(script);
  return options.timed !== true && options.kcsan !== true;
});

describe.each(SEARCHED)('%s', (_file, script) => {
  test('the same in rounds', { timeout: 120_000 }, () => {
    const e = loadOwn(script);
    const cell = cellsOf(e).at(-1);
    if (cell === undefined) throw new Error('no cell');
    const program = experimentProgram(e, cell);
    if (sameInRounds(() => machineFor(e), program, MIDDLE_SIZES) === 0) return;
    const m = machineFor(e);
    const { states } = allStates(m, program, () => {}, false);
    const rounds = allStatesInRounds(m, program, MIDDLE_SIZES, () => {}, false);
    expect(rounds.soFar().coverage.states).toBe(states);
  });
});

test('random experiments', { timeout: 120_000 }, () => {
  const begun: number[] = [];
  for (let i = 0; i < 40; i++) {
    const { experiment, cell } = randomLab(8000 + i, 3 + (i % 4));
    const make = (): Machine => machineFor(experiment);
    begun.push(sameInRounds(make, experimentProgram(experiment, cell), MIDDLE_SIZES));
  }
  expect(begun.filter((n) => n > 0).length).toBeGreaterThan(10);
});

test('random programs, some of which show late what their steps look at', {
  timeout: 120_000,
}, () => {
  const families: readonly Family[] = ['conditions', 'waits', 'lists', 'mixed'];
  const begun = families.flatMap((family) =>
    Array.from({ length: 30 }, (_, i) => {
      const seen = { shared: null, values: [] };
      const make = (): Machine => new Machine({ timed: false, maxSteps: 500 }, allCheckers());
      return sameInRounds(make, randomProgram(9000 + i, 3 + (i % 4), seen, family));
    }),
  );
  expect(begun.filter((n) => n > 0).length).toBeGreaterThan(100);
  expect(begun.some((n) => n > 1)).toBe(true);
});

const make = (): Machine => new Machine({ timed: false, maxSteps: 5000 }, allCheckers());

test('rounds at rest are gone on with to the same end', () => {
  const program = seed('legacy', 2, 2, 1);
  const one = whole(make(), program);
  const { rounds } = inRounds(make, program, { strategy, budget: 150 }, SMALL_SIZES);
  const rest = rounds.save();
  expect([rest.executions, rest.over]).toEqual([150, false]);
  const again = new StateRounds(JSON.parse(JSON.stringify(rest)), SMALL_SIZES);
  expect(again.save()).toEqual(rest);
  // What is under way has not been done.
  expect(again.deal(1000)?.dealt).toHaveLength(3);
  const { open } = again.save().search as { open: readonly unknown[] };
  expect(open.length).toBeGreaterThanOrEqual(3);
  const { rounds: gone } = allRounds(rest, 20 * MOST, SMALL_SIZES, partOf(make, program, options));
  expect(gone.soFar().coverage.exhausted).toBe(true);
  expect(gone.found.sort()).toEqual([...one.found.keys()].sort());
});

test('a budget is kept to, however many are at it', () => {
  const program = seed('counted', 2, 2, 1);
  for (const budget of [2, 7, 50]) {
    const { rounds } = inRounds(make, program, { strategy, budget }, SMALL_SIZES);
    expect(rounds.soFar().executions).toBe(budget);
  }
});

test('states on top of others leave those as they are, and say what is new in the order of meeting', () => {
  const below = new StateSet(2);
  below.put(0, 0, 0b11);
  below.put(5, 6, 0b01);
  const top = new StatesOnTop(below);
  expect(top.meet(0, 0, 0b10)).toBe(0b11);
  expect(top.meet(7, 8, 0b11)).toBe(NEW);
  // All that sleep there now have slept there before.
  expect(top.meet(5, 6, 0b11)).toBe(0b01);
  expect(top.meet(7, 8, 0b01)).toBe(0b11);
  expect([top.size, top.changes]).toEqual([1, 3]);
  expect([...top.values()]).toEqual([0, 1, 0b10, 7, 8, 0b11, 7, 8, 0b01]);
  expect([below.size, below.get(0, 0), below.get(7, 8)]).toEqual([2, 0b11, NEW]);
  below.putAll(top.values());
  expect([below.size, below.get(0, 0), below.get(7, 8)]).toEqual([3, 0b10, 0b01]);
});

describe('two that have met the same state', () => {
  /** The first two parts of a round, as they come back: the second one is at a state that the first has met. */
  function met(first: readonly number[], second: readonly number[]): StateRounds {
    const begun = new Campaign(make(), seed('counted', 2, 1, 1), { strategy, budget: 1 });
    begun.slice(1);
    const saved = begun.save();
    const rounds = new StateRounds(saved, SMALL_SIZES);
    const dealt = rounds.deal(1000)?.dealt ?? [];
    expect(dealt.length).toBeGreaterThan(1);
    const done = dealt.map(({ part }, i): Done => {
      const place = (part as Extract<Part, { kind: 'states' }>).saved as SavedStateful;
      const before = place.stack.map((d) => ({ ...d, since: -1 }));
      const here = { ...(before[0] as SavedStateful['stack'][number]), high: 9, low: 9 };
      const stack = i === 1 ? [...before, { ...here, since: 0 }] : before;
      const triples = i === 0 ? first : i === 1 ? second : [];
      const back = { ...saved, search: { ...place, stack } };
      return { saved: back, met: Int32Array.from(triples), lesson: null };
    });
    return rounds.note(done);
  }
  const known = (rounds: StateRounds, high: number) => {
    const set = new StateSet(2);
    for (const t of rounds.news(0, 2).triples) set.putAll(t);
    return set.get(high, high);
  };
  const isThere = (rounds: StateRounds): boolean => {
    const { open } = rounds.save().search as { open: readonly SavedStateful[] };
    return open.some(({ stack }) => stack.some(({ high }) => high === 9));
  };

  test('each has tried what does not sleep after it: what sleeps after one of them counts, not after both', () => {
    const rounds = met([9, 9, 0b011], [9, 9, 0b110, 7, 7, 0, 6, 6, 0]);
    expect([known(rounds, 9), known(rounds, 7)]).toEqual([0b011, 0]);
    expect(known(met([9, 9, 0b011], [9, 9, 0b010, 7, 7, 0, 6, 6, 0]), 9)).toBe(0b010);
  });

  test('the second leaves it to the first, and what it has met since then does not count', () => {
    const rounds = met([9, 9, 0b001, 8, 8, 0], [9, 9, 0b011, 8, 8, 0, 7, 7, 0]);
    expect([isThere(rounds), known(rounds, 9), known(rounds, 7)]).toEqual([false, 0b001, NEW]);
  });

  test('but not where more sleeps after the first, nor where most is new', () => {
    expect(isThere(met([9, 9, 0b100, 8, 8, 0], [9, 9, 0b011, 8, 8, 0, 7, 7, 0]))).toBe(true);
    expect(isThere(met([9, 9, 0b001], [9, 9, 0b011, 8, 8, 0, 7, 7, 0]))).toBe(true);
  });
});

test('after a state that is met again only those sleep that sleep in it whenever it is met', () => {
  class Arriving extends Stateful {
    to(sleepers: readonly number[], options: number[]) {
      this.keys.push(1, 2, 3);
      this.high = 5;
      this.low = 5;
      // Each touches something else: nobody wakes.
      this.print = [48];
      const sleep = sleepers.map((key) => ({ key, print: [16 * (10 + key)] }));
      const fresh = { at: 0, step: 0, print: null, hasChoice: false, isLocal: false };
      return this.come(
        { ...fresh, options: [9], sleep, high: 4, low: 4, since: 0 },
        options,
        false,
      );
    }
  }
  const known = new StateSet();
  const first = new Arriving(known).to([1, 3], [1, 2, 3]);
  expect([first?.options, first?.sleep.map((s) => s.key)]).toEqual([[2], [1, 3]]);
  known.put(5, 5, 0b101);
  const again = new Arriving(known).to([1, 2], [1, 2, 3]);
  expect([again?.options, again?.sleep.map((s) => s.key)]).toEqual([[3], [1]]);
  expect(new Arriving(known).to([1, 2, 3], [1, 2, 3])).toBeNull();
});
