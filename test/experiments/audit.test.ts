// What steps say they touch, held against what they touch: in random schedules of every shipped
// experiment no two steps of different tasks conflict in fact without being ordered by their footprints.
// DPOR, stateful search and the counting of traces rest on that.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  allInvariants,
  type Gen,
  KObject,
  Machine,
  objectClass,
  type Program,
  primitives,
  RandomChooser,
  registerFunction,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { randomLab } from '../programs/random-lab';
import { Audit } from '../support/audit';
import { galleryScripts, zooScripts } from '../support/experiments';

const SEEDS = 6;

/** Gaps in random schedules of a program. */
function gapsOf(program: Program): string[] {
  const m = new Machine({ timed: false, maxSteps: 20_000 }, [...allCheckers(), ...allInvariants()]);
  m.goesOn = true;
  const audit = new Audit();
  const chooser = new RandomChooser();
  const gaps = new Set<string>();
  audit.start();
  try {
    for (let seed = 0; seed < SEEDS; seed++) {
      chooser.reseed(seed);
      for (const g of audit.run(m, program, chooser)) gaps.add(g);
    }
  } finally {
    audit.stop();
  }
  return [...gaps];
}

describe.each([...galleryScripts(), ...zooScripts()])('%s', (_file, script) => {
  test('steps touch what they say they touch', { timeout: 120_000 }, () => {
    const experiment = loadOwn(script);
    for (const cell of cellsOf(experiment)) {
      const gaps = gapsOf(experimentProgram(experiment, cell));
      expect(gaps, `${cell.variant} ${cell.driver}`).toEqual([]);
    }
  });
});

const RANDOM = 400;
test(`and in ${RANDOM} random experiments with real drivers`, { timeout: 120_000 }, () => {
  for (let seed = 1; seed <= RANDOM; seed++) {
    const { experiment, cell } = randomLab(seed, 5);
    const gaps = gapsOf(experimentProgram(experiment, cell));
    expect(gaps, `seed ${seed}, ${cell.variant} ${cell.driver}`).toEqual([]);
  }
});

test('a read that nobody has declared is a gap', () => {
  const cls = objectClass('audited', 64);
  class Cell extends KObject {
    v = 0;
    constructor() {
      super(cls, 'cell');
    }
  }
  const meta = { file: 'test', upstream: '', deviates: '', script: true };
  const info = registerFunction({ name: 'audited', ...meta });
  const gaps = gapsOf((m) => {
    const cell = new Cell();
    const other = new Cell();
    m.roots.push(cell, other);
    function* writer(): Gen<void> {
      yield* primitives.store(cell, 'v', 1);
    }
    function* peeper(): Gen<void> {
      yield* primitives.load(other, 'v');
      if (cell.v === 1) yield* primitives.store(other, 'v', 2);
    }
    m.spawn('writer', 'process', false, info, writer);
    m.spawn('peeper', 'process', false, info, peeper);
  });
  expect(gaps.join()).toMatch(/Cell\.v/);
});
