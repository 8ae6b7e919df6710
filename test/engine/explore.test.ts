// explore: what a search claims to have covered is what it ran.
import { describe, expect, test } from 'vitest';
import {
  BoundedSearch,
  Campaign,
  coverageText,
  type Gen,
  primitives as k,
  type Program,
  RandomChooser,
  ReplayChooser,
  Rng,
  runOnce,
  runRecorded,
} from '../../main/engine/api';
import { seed } from '../programs/seed';
import { Box, machine, program } from '../support/world';

/** Tasks that read a shared object so many times each: nothing blocks. */
function readers(lengths: readonly number[]): Program {
  return program(() => {
    const b = new Box('b');
    return Object.fromEntries(
      lengths.map((n, t) => [
        `t${t}`,
        function* (): Gen<void> {
          for (let i = 0; i < n; i++) yield* k.load(b, 'value');
        },
      ]),
    );
  });
}

/** Schedules of such tasks with at most `bound` preemptions, counted by hand. */
function bruteForce(lengths: readonly number[], bound: number): number {
  const walk = (left: number[], previous: number, used: number): number => {
    if (left.every((n) => n === 0)) return 1;
    let sum = 0;
    left.forEach((n, t) => {
      if (n === 0) return;
      const insists = previous >= 0 && (left[previous] as number) > 0;
      const cost = insists && t !== previous ? 1 : 0;
      if (used + cost > bound) return;
      const next = [...left];
      next[t] = n - 1;
      sum += walk(next, t, used + cost);
    });
    return sum;
  };
  return walk([...lengths], -1, 0);
}

function countSchedules(p: Program, bound: number): number {
  const m = machine();
  const search = new BoundedSearch(bound);
  let n = 0;
  do {
    search.rewind();
    runOnce(m, p, search);
    n++;
  } while (search.advance());
  return n;
}

const binomial = (n: number, r: number): number => {
  let v = 1;
  for (let i = 1; i <= r; i++) v = (v * (n - r + i)) / i;
  return Math.round(v);
};

describe('bounded search', () => {
  // Each task also performs task_start: one more step. It ends with its last step.
  test('without a bound that bites it runs every interleaving once', () => {
    for (const n of [1, 2, 3]) {
      expect(countSchedules(readers([n, n]), 99)).toBe(binomial(2 * (n + 1), n + 1));
    }
  });

  test('with a bound it runs exactly the schedules within it (200 random programs)', () => {
    const rng = new Rng(2026);
    for (let i = 0; i < 200; i++) {
      const tasks = 2 + rng.below(2);
      const lengths = Array.from({ length: tasks }, () => rng.below(3));
      const bound = rng.below(4);
      const expected = bruteForce(
        lengths.map((n) => n + 1),
        bound,
      );
      expect(countSchedules(readers(lengths), bound), `${lengths} bound ${bound}`).toBe(expected);
    }
  });

  test('iterates the bound and says what it covered', () => {
    const c = new Campaign(machine(), readers([2, 2]), {
      strategy: { kind: 'bounded', bound: 1 },
      budget: 1e6,
    });
    while (!c.slice(100)) {}
    expect(c.coverage.exhausted).toBe(true);
    expect(coverageText(c.strategy, c.coverage)).toMatch(
      /^all schedules with at most 1 preemption /,
    );
  });

  test('when the bound keeps nothing out, it says so and counts each schedule once', () => {
    const c = new Campaign(machine(), readers([1, 1]), {
      strategy: { kind: 'bounded', bound: 99 },
      budget: 1e6,
    });
    while (!c.slice(100)) {}
    expect(coverageText(c.strategy, c.coverage)).toBe(`all ${binomial(4, 2)} schedules`);
  });

  test('running out of budget is never reported as complete', () => {
    const c = new Campaign(machine(), readers([3, 3]), {
      strategy: { kind: 'bounded', bound: 3 },
      budget: 5,
    });
    while (!c.slice(100)) {}
    expect(c.coverage.exhausted).toBe(false);
    expect(coverageText(c.strategy, c.coverage)).toContain('out of budget');
  });
});

describe('seed scenario', () => {
  const kinds = (form: 'legacy' | 'counted', strategy: Campaign['strategy']): string[] => {
    const c = new Campaign(machine(), seed(form, 1, 1, 1), { strategy, budget: 20_000 });
    while (!c.slice(1000)) {}
    return c.findings().map((f) => f.finding.checker);
  };
  test('legacy: bounded and random both find the use-after-free', () => {
    expect(kinds('legacy', { kind: 'bounded', bound: 2 })).toContain('use-after-free');
    expect(kinds('legacy', { kind: 'random', seed: 1 })).toContain('use-after-free');
  });
  test('counted: neither finds anything', () => {
    expect(kinds('counted', { kind: 'bounded', bound: 2 })).toEqual([]);
    expect(kinds('counted', { kind: 'random', seed: 1 })).toEqual([]);
  });
});

describe('determinism and replay', () => {
  test('one seed, one chain hash; a replay follows every choice', () => {
    const p = seed('legacy', 2, 2, 1);
    for (let s = 0; s < 50; s++) {
      const record = () => {
        const chooser = new RandomChooser();
        chooser.reseed(s);
        return runRecorded(machine(), p, chooser);
      };
      const a = record();
      const b = record();
      expect(b.tables.chain).toEqual(a.tables.chain);
      const chooser = new ReplayChooser(a.choices);
      const c = runRecorded(machine(), p, chooser);
      expect(c.tables.chain).toEqual(a.tables.chain);
      expect([chooser.divergedAt, chooser.unused]).toEqual([-1, 0]);
    }
  });

  test('a replay that does not fit says where', () => {
    const a = runRecorded(machine(), seed('counted', 1, 1, 1), new RandomChooser());
    const chooser = new ReplayChooser(a.choices);
    runRecorded(machine(), seed('counted', 2, 2, 1), chooser);
    expect(chooser.divergedAt).toBe(0);
  });
});
