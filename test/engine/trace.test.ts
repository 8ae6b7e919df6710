// explore: samplers tell traces apart by hashes that are worked out on the way; the table of events, which DPOR
// goes by, comes to the same.
import { expect, test } from 'vitest';
import {
  allCheckers,
  HashedTrace,
  Machine,
  type Program,
  RacingTrace,
  RandomChooser,
} from '../../main/engine/api';
import { randomProgram } from '../programs/random-program';

const machine = () => new Machine({ timed: false, maxSteps: 5000 }, allCheckers());

/** Signatures of the same random runs, by both. */
function both(program: Program, runs: number): [hashed: string, table: string][] {
  const m = machine();
  m.goesOn = true;
  const chooser = new RandomChooser();
  const traces = [new HashedTrace(), new RacingTrace()];
  return Array.from({ length: runs }, (_, seed) => {
    const [hashed, table] = traces.map((trace) => {
      chooser.reseed(seed);
      trace.begin();
      m.begin(chooser, null, trace);
      program(m);
      m.run();
      trace.settle();
      return trace.signature();
    });
    return [hashed as string, table as string];
  });
}

test('the hash of a trace is that of its table', () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const program = randomProgram(seed, 2 + (seed % 4), { shared: null, values: [] });
    for (const [hashed, table] of both(program, 10)) {
      expect(hashed, `program ${seed}`).toBe(table);
      seen.add(`${seed} ${hashed}`);
    }
  }
  expect(seen.size).toBeGreaterThan(250);
});
