// explore: a search done in parts finds and counts what it finds and counts in one piece.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  type Campaign,
  type CampaignOptions,
  coverageText,
  Dpor,
  HashedTrace,
  Machine,
  type Program,
  partsOf,
  RandomChooser,
  type Strategy,
} from '../../main/engine/api';
import { gallery } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { loadOwn } from '../bench/load';
import { randomLab } from '../programs/random-lab';
import { randomProgram } from '../programs/random-program';
import { seed } from '../programs/seed';
import { inParts, wholeCampaign } from '../support/in-parts';

const machine = () => new Machine({ timed: false, maxSteps: 5000 }, allCheckers());

const whole = (program: Program, options: CampaignOptions) =>
  wholeCampaign(machine(), program, options);

function cut(program: Program, options: CampaignOptions, wanted: number) {
  const out = inParts(machine, program, options, wanted);
  if (out === null) throw new Error('not cut');
  expect(out.shares.length).toBeGreaterThan(1);
  return out;
}

const findings = (c: Campaign) => c.findings().map((f) => [f.finding.identity, f.count]);

const DPOR: Strategy = { kind: 'dpor', counts: false };

/** Signatures of all traces, by DPOR. */
function signatures(program: Program): Set<string> {
  const [m, again] = [machine(), machine()];
  m.goesOn = true;
  again.goesOn = true;
  const out = new Set<string>();
  const trace = new HashedTrace();
  const search = new Dpor(false);
  for (;;) {
    const outcome = search.run(m, program);
    if (outcome !== 'cut') {
      trace.begin();
      again.begin(search.again(), null, trace);
      program(again);
      again.run();
      trace.settle();
      out.add(trace.signature());
    }
    if (!search.next(m, outcome)) return out;
  }
}

/** Signatures of random runs. */
function sampled(program: Program, n: number): Set<string> {
  const m = machine();
  m.goesOn = true;
  const out = new Set<string>();
  const trace = new HashedTrace();
  const chooser = new RandomChooser();
  for (let i = 0; i < n; i++) {
    chooser.reseed(i);
    trace.begin();
    m.begin(chooser, null, trace);
    program(m);
    m.run();
    trace.settle();
    out.add(trace.signature());
  }
  return out;
}

const identities = (c: Campaign) => [...c.found.keys()].sort();

const STRATEGIES: Strategy[] = [
  { kind: 'random', seed: 3 },
  { kind: 'pct', seed: 1, depth: 3 },
  { kind: 'urw', seed: 1 },
  { kind: 'pos', seed: 1 },
  { kind: 'bounded', bound: 2 },
  { kind: 'bounded', bound: 1 },
  { kind: 'delay', bound: 3 },
  { kind: 'dpor', counts: false },
];

describe('parts', () => {
  for (const strategy of STRATEGIES) {
    for (const [form, r] of [
      ['legacy', 2],
      ['counted', 1],
    ] as const) {
      test(`${JSON.stringify(strategy)} on ${form} ${r},1,1`, () => {
        const program = seed(form, r, 1, 1);
        const limit = strategy.kind === 'bounded' ? 100_000 : 4000;
        const options = { strategy, budget: limit, countTraces: true };
        const one = whole(program, options);
        const many = cut(program, options, 8).campaign;
        expect(coverageText(strategy, many.coverage)).toBe(coverageText(strategy, one.coverage));
        expect(many.coverage.complete).toBe(one.coverage.complete);
        expect(findings(many)).toEqual(findings(one));
        if (strategy.kind === 'dpor') return;
        expect(many.findings().map((f) => f.firstAt)).toEqual(one.findings().map((f) => f.firstAt));
      });
    }
  }

  test.each([8, 30, 200, 400])('cut into %i parts, each trace belongs to one', (wanted) => {
    const program = seed('legacy', 2, 1, 1);
    const { shares } = cut(program, { strategy: DPOR, budget: 100_000 }, wanted);
    expect(shares.reduce((n, { saved }) => n + saved.coverage.traces, 0)).toBe(474);
  });

  test('what is left to the answers of a fault choice is explored there', {
    timeout: 60_000,
  }, () => {
    const experiment = loadOwn(gallery().find((e) => e.id.startsWith('09'))?.script ?? '');
    const cell = cellsOf(experiment).find((c) => c.variant === 'v6.9');
    if (cell === undefined) throw new Error('09 has no v6.9');
    const program = experimentProgram(experiment, cell);
    const options: CampaignOptions = { strategy: DPOR, budget: 100_000 };
    // A device can be pulled out before a step that may fail, or after it has failed. Cut in four different ways, and in
    // one piece, all parts together have 170,404 traces; of this one 124 were missing.
    const part = partsOf(machineFor(experiment), program, options, 900)?.[341] ?? null;
    const c = wholeCampaign(machineFor(experiment), program, { ...options, part });
    expect(c.coverage.traces).toBe(10_764);
  });

  test('references that commute are counted once in parts, too', () => {
    const options: CampaignOptions = {
      strategy: { kind: 'dpor', counts: true },
      budget: 100_000,
    };
    const c = cut(seed('counted', 2, 2, 1), options, 16).campaign;
    expect(c.coverage.traces).toBe(3672);
  });

  test('a trace that two parts have met is one trace', () => {
    const program = randomProgram(30404, 9, { shared: null, values: [] }, 'mixed');
    const options: CampaignOptions = { strategy: DPOR, budget: 10_000 };
    const one = whole(program, options);
    const { campaign: many } = cut(program, options, 16);
    expect(many.executions).toBeGreaterThan(many.coverage.traces);
    expect(coverageText(DPOR, many.coverage)).toBe(coverageText(DPOR, one.coverage));
    expect(identities(many)).toEqual(identities(one));
  });

  // What follows the second answer comes first after a task that could as well come later.
  test.each([
    [4, 10164],
    [6, 10414],
    [7, 10867],
  ])(
    'fault choices: needless parts of a program of %i steps, seed %i, are empty',
    (steps, seed) => {
      const program = randomProgram(seed, steps, { shared: null, values: [] }, 'mixed');
      const { needless } = cut(program, { strategy: DPOR, budget: 10_000 }, 8);
      expect(needless.length).toBeGreaterThan(0);
      for (const { saved } of needless) expect(saved.executions).toBe(0);
    },
  );

  test.each([9024, 9044, 9050])(
    'experiment %i: parts begin again knowing what one of them has learned',
    (seed) => {
      const { experiment, cell } = randomLab(seed, 4);
      const program = experimentProgram(experiment, cell);
      const make = () => machineFor(experiment);
      const options: CampaignOptions = { strategy: DPOR, budget: 10_000 };
      const one = wholeCampaign(make(), program, options);
      const many = inParts(make, program, options, 16);
      if (many === null) throw new Error('not cut');
      expect(many.begun).toBeGreaterThan(1);
      expect(coverageText(DPOR, many.campaign.coverage)).toBe(coverageText(DPOR, one.coverage));
      expect(identities(many.campaign)).toEqual(identities(one));
    },
  );

  test('random programs have as many traces in parts, none in needless ones, and no sample finds another', () => {
    let needless = 0;
    for (let i = 0; i < 200; i++) {
      const seen = { shared: null, values: [] };
      const program = randomProgram(7000 + i, 4 + (i % 4), seen);
      const options: CampaignOptions = { strategy: DPOR, budget: 50_000 };
      const one = whole(program, options);
      const traces = signatures(program);
      for (const t of sampled(program, 100)) expect([i, traces.has(t)]).toEqual([i, true]);
      const parts = inParts(machine, program, options, 6);
      if (parts === null) continue;
      const many = parts.campaign;
      needless += parts.needless.length;
      for (const { saved } of parts.needless) expect([i, saved.executions]).toEqual([i, 0]);
      expect([i, many.coverage.traces]).toEqual([i, one.coverage.traces]);
      // How often depends on which of its interleavings stands for a trace: nothing is reported
      // after a fatal finding.
      expect(identities(many)).toEqual(identities(one));
    }
    expect(needless).toBeGreaterThan(0);
  });
});
