// explorer: those who help a search of states change nothing of what it finds and counts, whenever they tell what.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  allInvariants,
  Campaign,
  DEFAULT_MAX_STEPS,
  Machine,
  type Program,
  RECORD,
  Rng,
  Scout,
  type StepExchange,
  type ToldSteps,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { randomLab } from '../programs/random-lab';
import { type Family, randomProgram } from '../programs/random-program';
import { seed } from '../programs/seed';
import { galleryScripts, zooScripts } from '../support/experiments';

const REACH = ['page requests are disabled'];

/** A program, and the machine that it needs. */
interface World {
  readonly program: Program;
  readonly maxSteps: number;
}

const machine = ({ maxSteps }: World): Machine =>
  new Machine({ timed: false, maxSteps }, [...allCheckers(), ...allInvariants()]);

function campaign(world: World, budget: number): Campaign {
  const strategy = { kind: 'stateful' } as const;
  const options = { strategy, budget, reach: REACH, countOrders: true };
  return new Campaign(machine(world), world.program, options);
}

/** All that a campaign tells. */
function said(c: Campaign): unknown {
  const { executions, steps, tooLong, found, fired, coverage, orders, ...rest } = c.save();
  const never = c.neverReached();
  const { transitions } = rest.search as { transitions: number };
  return { executions, steps, tooLong, found, fired, coverage, orders, never, transitions };
}

function alone(world: World, budget: number): unknown {
  const c = campaign(world, budget);
  while (!c.slice(1000));
  return said(c);
}

/** Who takes part: messages are on their way for a while. */
interface Member {
  readonly x: StepExchange;
  readonly inbox: { readonly due: number; readonly from: number; readonly told: ToldSteps }[];
  /** @returns false when it is over */
  go(n: number): boolean;
}

/**
 * The same search, with scouts: all in turns of random length.
 * @param shared executions before the scouts are called
 * @returns what it tells, and how many steps it was told
 */
function together(world: World, budget: number, scouts: number, rng: Rng, shared = 0) {
  const c = campaign(world, budget);
  if (shared > 0) c.slice(shared);
  const x = c.share() as StepExchange;
  const members: Member[] = [{ x, inbox: [], go: (n) => !c.slice(n) }];
  for (let turn = 0; turn < scouts; turn++) {
    const scout = new Scout(turn, REACH);
    const m = machine(world);
    const go = (n: number): boolean => {
      for (let i = 0; i < n && scout.advance(m, world.program); i++);
      return true;
    };
    members.push({ x: scout.steps, inbox: [], go });
  }
  let told = 0;
  for (let now = 0; ; now++) {
    for (const [by, { x, inbox, go }] of members.entries()) {
      while (inbox.length > 0 && (inbox[0]?.due ?? 0) <= now) {
        const { from, told: message } = inbox.shift() as Member['inbox'][number];
        if (by === 0) told += message.records.length / RECORD;
        x.hear(from, message);
      }
      if (!go(1 + rng.below(by === 0 ? 10 : 30))) return { said: said(c), told };
      const message = x.message();
      if (message === null) continue;
      for (const other of members) {
        if (other.x === x) continue;
        const due = Math.max(now + rng.below(4), other.inbox.at(-1)?.due ?? 0);
        other.inbox.push({ due, from: by, told: structuredClone(message) });
      }
    }
  }
}

const BUDGET = 700;

// Others have no states to search, or keep some where nobody can see it: nobody helps there.
const HELPED = [...galleryScripts(), ...zooScripts()].filter(([, script]) => {
  const { keepsNothing, options } = loadOwn(script);
  return keepsNothing && options.timed !== true && options.kcsan !== true;
});

describe.each(HELPED)('%s', (_file, script) => {
  test('with scouts as without', { timeout: 120_000 }, () => {
    const e = loadOwn(script);
    const cell = cellsOf(e).at(-1);
    if (cell === undefined) throw new Error('no cell');
    const maxSteps = e.options.maxSteps ?? DEFAULT_MAX_STEPS;
    const world = { program: experimentProgram(e, cell), maxSteps };
    const one = alone(world, BUDGET);
    for (const scouts of [1, 2]) {
      expect(together(world, BUDGET, scouts, new Rng(scouts)).said).toEqual(one);
    }
  });
});

test('random experiments', { timeout: 120_000 }, () => {
  for (let n = 0; n < 60; n++) {
    const { experiment, cell } = randomLab(40_000 + n, 4);
    if (experiment.options.kcsan === true) continue;
    const world = { program: experimentProgram(experiment, cell), maxSteps: 3000 };
    expect(together(world, 150, 1, new Rng(n)).said, `${n}`).toEqual(alone(world, 150));
  }
});

// Unnamed conditions look at who knows what: searches and scouts learn that one after the other, and begin again.
test.each<Family>(['all', 'waits', 'conditions', 'copies', 'queues', 'mixed'])(
  'random programs: %s',
  { timeout: 120_000 },
  (family) => {
    for (let n = 0; n < 40; n++) {
      const seen = { shared: null, values: [] };
      const world = {
        program: randomProgram(50_000 + n, 5 + (n % 3), seen, family),
        maxSteps: 500,
      };
      const one = alone(world, 3000);
      expect(together(world, 3000, 1 + (n % 2), new Rng(n)).said, `${n}`).toEqual(one);
    }
  },
);

test('most of a large search is told by scouts', { timeout: 120_000 }, () => {
  const world = { program: seed('counted', 2, 2, 1), maxSteps: 5000 };
  const one = alone(world, 20_000) as { transitions: number };
  const { said, told } = together(world, 20_000, 2, new Rng(1));
  expect(said).toEqual(one);
  expect(told).toBeGreaterThan(one.transitions / 2);
  // Those who come late, or when a search is gone on with, are told where it has been.
  expect(together(world, 20_000, 1, new Rng(2), 5000).said).toEqual(one);
});
