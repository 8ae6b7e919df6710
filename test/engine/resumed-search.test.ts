// explore: searches that put worlds back find what searches that build them find, execution by execution.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  allInvariants,
  Campaign,
  DEFAULT_MAX_STEPS,
  Machine,
  type Program,
  type Strategy,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { galleryScripts, zooScripts } from '../support/experiments';

const BUDGET = 120;
const STRATEGIES: readonly Strategy[] = [
  { kind: 'bounded', bound: 2 },
  { kind: 'dpor', counts: false },
  { kind: 'dpor', counts: true },
  { kind: 'stateful' },
  { kind: 'pct', seed: 3, depth: 3 },
  { kind: 'pos', seed: 3 },
  { kind: 'random', seed: 3 },
];

function search(program: Program, strategy: Strategy, timed: boolean) {
  const m = new Machine({ timed, maxSteps: DEFAULT_MAX_STEPS }, [
    ...allCheckers(),
    ...allInvariants(),
  ]);
  const c = new Campaign(m, program, { strategy, budget: BUDGET, countTraces: true });
  while (!c.slice(BUDGET));
  const found = c.findings().map((f) => [f.finding.identity, f.firstAt, f.count, f.choices.length]);
  return { found, coverage: c.coverage, fired: [...c.fired].sort() };
}

describe.each([...galleryScripts(), ...zooScripts()])('%s', (_file, script) => {
  test('every strategy, on the last cell', { timeout: 120_000 }, () => {
    const e = loadOwn(script);
    const cell = cellsOf(e).at(-1);
    if (cell === undefined) throw new Error('no cell');
    const program = experimentProgram(e, cell);
    const built: Program = (m) => program(m);
    for (const strategy of STRATEGIES) {
      const timed = e.options.timed ?? false;
      const one = search(program, strategy, timed);
      expect(one, strategy.kind).toEqual(search(built, strategy, timed));
    }
  });
});
