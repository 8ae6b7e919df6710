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
import { seed } from '../programs/seed';
import * as p from '../programs/table';

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

const TABLE: [name: string, program: Program, traces: number][] = [
  ['readers(8)', p.readers(8), 256],
  ['lastwrite(5)', p.lastWrite(5), 120],
  ['floating-read(4)', p.floatingRead(4), 120],
  ['lastzero(5)', p.lastZero(5), 64],
  ['lastzero(10)', p.lastZero(10), 3328],
  ['indexer(11)', p.indexer(11), 1],
  ['indexer(12)', p.indexer(12), 8],
  ['indexer(13)', p.indexer(13), 64],
  ['filesystem(13)', p.filesystem(13), 1],
  ['filesystem(16)', p.filesystem(16), 8],
  ['filesystem(18)', p.filesystem(18), 32],
  ['incrementers(5)', p.incrementers(5), 120],
  ['two-counters(3)', p.twoCounters(3), 36],
  ['two-writers(5)', p.twoWriters(5), 252],
  ['one-lock(3, 2)', p.sections(3, 2, true), 90],
  ['private-locks(3, 2)', p.sections(3, 2, false), 1],
  ['ABBA', p.abba(), 3],
  ['philosophers(4)', p.philosophers(4, false), 15],
  ['philosophers(6)', p.philosophers(6, false), 63],
  ['ordered philosophers(5)', p.philosophers(5, true), 30],
  ['mpat(4)', p.mpat(4), 384],
  ['ssb(6)', p.ssb(6), 12],
  ['triangle', p.triangle(), 4],
  ['seed(counted; 1, 1, 1)', seed('counted', 1, 1, 1), 34],
  ['seed(counted; 2, 1, 1)', seed('counted', 2, 1, 1), 1314],
  ['seed(counted; 1, 2, 1)', seed('counted', 1, 2, 1), 1314],
  ['seed(legacy; 1, 1, 1)', p.legacySeed(1, 1, 1), 18],
  ['seed(legacy; 2, 1, 1)', p.legacySeed(2, 1, 1), 198],
  ['seed(legacy; 1, 2, 1)', p.legacySeed(1, 2, 1), 198],
];

describe('every trace once, none blocked', () => {
  for (const [name, program, traces] of TABLE) {
    test(`${name}: ${traces}`, () => {
      expect(explore(program)).toEqual([traces, 0]);
    });
  }

  test('seed(counted; 2, 2, 1): 122328, and 3672 when references commute', () => {
    expect(explore(seed('counted', 2, 2, 1))).toEqual([122_328, 0]);
    expect(explore(seed('counted', 1, 1, 1), true)).toEqual([18, 0]);
    expect(explore(seed('counted', 2, 1, 1), true)).toEqual([198, 0]);
    expect(explore(seed('counted', 2, 2, 1), true)).toEqual([3672, 0]);
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
    expect(again.explained(1)).toEqual([a]);
  });
});
