// The programs of `shared/explore.md` section 2: optimal DPOR runs exactly the traces there are, and
// gives none up.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  Campaign,
  Dpor,
  Machine,
  type Program,
  type Strategy,
} from '../../main/engine/api';
import { COMMUTING, ROWS } from '../programs/rows';
import { seed } from '../programs/seed';

function explore(program: Program, counts = false): [executions: number, blocked: number] {
  const m = new Machine({ timed: false, maxSteps: 5000 }, allCheckers());
  m.goesOn = true;
  const search = new Dpor(counts);
  let n = 0;
  for (;;) {
    const outcome = search.run(m, program);
    if (outcome !== 'cut') n++;
    if (!search.next(m, outcome)) return [n, search.blocked];
  }
}

describe('every trace once, none blocked', () => {
  for (const row of ROWS) {
    for (const size of row.sizes) {
      test(`${row.name}, size ${size}: ${row.traces(size)}`, () => {
        expect(explore(row.make(size))).toEqual([row.traces(size), 0]);
      });
    }
  }

  test.each(COMMUTING.sizes)('references that commute, size %i', (size) => {
    expect(explore(COMMUTING.make(size), true)).toEqual([COMMUTING.traces(size), 0]);
  });

  test('seed(counted; 2, 2, 1): 122328', () => {
    expect(explore(seed('counted', 2, 2, 1))).toEqual([122_328, 0]);
  }, 120_000);
});

const STRATEGIES: Strategy[] = [
  { kind: 'random', seed: 1 },
  { kind: 'urw', seed: 1 },
  { kind: 'pct', seed: 1, depth: 3 },
  { kind: 'pos', seed: 1 },
  { kind: 'bounded', bound: 2 },
  { kind: 'delay', bound: 3 },
  { kind: 'stateful' },
  { kind: 'dpor', counts: false },
  { kind: 'dpor', counts: true },
  { kind: 'auto', seed: 1, bound: 2 },
];

function campaign(program: Program, strategy: Strategy, budget = 20_000): Campaign {
  const m = new Machine({ timed: false, maxSteps: 5000 }, allCheckers());
  const c = new Campaign(m, program, { strategy, budget, countTraces: true });
  while (!c.slice(500)) {}
  return c;
}

describe('strategies', () => {
  for (const strategy of STRATEGIES) {
    const name = JSON.stringify(strategy);
    test(`${name} finds the legacy bug and nothing in the counted one`, () => {
      const found = campaign(seed('legacy', 1, 1, 1), strategy).findings();
      expect(found[0]?.finding.checker).toBe('use-after-free');
      expect(campaign(seed('counted', 1, 1, 1), strategy).findings()).toEqual([]);
    });

    test(`${name} goes on after a rest as if there had been none`, () => {
      const program = seed('legacy', 2, 1, 1);
      const whole = campaign(program, strategy, 900);
      const m = new Machine({ timed: false, maxSteps: 5000 }, allCheckers());
      const options = { strategy, budget: 900, countTraces: true };
      const first = new Campaign(m, program, options);
      first.slice(77);
      const saved = JSON.parse(JSON.stringify(first.save()));
      const second = new Campaign(m, program, options);
      second.load(saved);
      while (!second.slice(100)) {}
      expect(second.coverage).toEqual(whole.coverage);
      const brief = (c: Campaign) =>
        c.findings().map((f) => [f.finding.identity, f.firstAt, f.count]);
      expect(brief(second)).toEqual(brief(whole));
    });
  }

  test('stateful and DPOR exhaust the counted scenario and say so', () => {
    const program = seed('counted', 2, 1, 1);
    const traces = campaign(program, { kind: 'dpor', counts: false });
    expect([traces.coverage.executions, traces.coverage.complete]).toEqual([1314, true]);
    expect(campaign(program, { kind: 'stateful' }).coverage.complete).toBe(true);
  });

  test('the shrunk seed schedule has the fewest preemptions, and says what it needs', () => {
    const c = campaign(seed('legacy', 2, 2, 1), { kind: 'random', seed: 3 }, 2000);
    const bounded = campaign(seed('legacy', 2, 2, 1), { kind: 'bounded', bound: 2 });
    const again = campaign(seed('legacy', 2, 2, 1), { kind: 'random', seed: 3 }, 2000);
    const [a] = c.explained(1);
    const fewest = bounded.findings().find((f) => f.finding.identity === a?.finding.identity);
    expect(a?.shrunk.minimal).toBe(true);
    expect(a?.shrunk.preemptions).toBe(fewest?.preemptions);
    expect(a?.orders.length).toBeGreaterThan(0);
    expect(a?.orderSteps).toHaveLength(a?.orders.length ?? 0);
    for (const [first, second] of a?.orderSteps ?? []) expect(first).toBeLessThan(second);
    expect(again.explained(1)).toEqual([a]);
  });
});
