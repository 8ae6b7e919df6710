// search and record: two paths through the same code. Hundreds of random schedules of every
// experiment end the same way on both, and a replay of the recorded choices ends so again.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  Machine,
  RandomChooser,
  ReplayChooser,
  runOnce,
  runRecorded,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { galleryScripts } from '../support/experiments';

const SEEDS = 60;
let found = 0;

describe.each(galleryScripts())('%s', (_file, script) => {
  test('search, record and replay agree', () => {
    const experiment = loadOwn(script);
    let findings = 0;
    for (const cell of cellsOf(experiment)) {
      const program = experimentProgram(experiment, cell);
      const m = new Machine({ timed: false, maxSteps: 20_000 }, allCheckers());
      const end = (): unknown => [m.step, m.time, m.findings.map((f) => [f.identity, f.step])];
      for (let seed = 0; seed < SEEDS; seed++) {
        const chooser = new RandomChooser();
        chooser.reseed(seed);
        runOnce(m, program, chooser);
        const searched = end();
        findings += m.findings.length;
        chooser.reseed(seed);
        const run = runRecorded(m, program, chooser);
        expect(end(), `${cell.variant} ${cell.driver} seed ${seed}`).toEqual(searched);
        const replay = new ReplayChooser(run.choices);
        const again = runRecorded(m, program, replay);
        expect(again.tables.chain).toEqual(run.tables.chain);
        expect([replay.divergedAt, replay.unused]).toEqual([-1, 0]);
      }
    }
    found += findings;
  });
});

test('the schedules above found something', () => {
  expect(found).toBeGreaterThan(100);
});
