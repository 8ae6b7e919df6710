// explorer: a search of states done in rounds finds what one in one piece finds, and comes to rest and goes on without
// losing anything.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  Campaign,
  type CampaignOptions,
  Machine,
  NEW,
  type Program,
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
