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
  registerFunction,
  runOnce,
  Sampling,
} from '../../main/engine/api';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { randomProgram } from '../programs/random-program';
import { galleryScripts } from '../support/experiments';

const machine = () => new Machine({ timed: false, maxSteps: 5000 }, allCheckers());

/** The gallery, each script on the first of its kernels. */
function galleryPrograms(): [name: string, program: Program][] {
  return galleryScripts().map(([name, script]) => {
    const e = loadOwn(script);
    const [cell] = cellsOf(e);
    if (cell === undefined) throw new Error('no cell');
    return [name, experimentProgram(e, cell)];
  });
}

/** The signature of a run that is built. */
function signed(
  trace: HashedTrace | RacingTrace,
  m: Machine,
  program: Program,
  chooser: RandomChooser,
): string {
  trace.begin();
  m.begin(chooser, null, trace);
  program(m);
  m.run();
  trace.settle();
  return trace.signature();
}

/** Signatures of the same random runs, by both. */
function both(program: Program, runs: number): [hashed: string, table: string][] {
  const m = machine();
  m.goesOn = true;
  const chooser = new RandomChooser();
  const traces = [new HashedTrace(), new RacingTrace()];
  return Array.from({ length: runs }, (_, seed) => {
    const [hashed, table] = traces.map((trace) => {
      chooser.reseed(seed);
      return signed(trace, m, program, chooser);
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

test('a trace has one hash, whichever run was the first to look at everything', () => {
  let traces = 0;
  for (const [name, program] of galleryPrograms()) {
    const m = machine();
    const seen = (from: number, to: number): readonly string[] => {
      const search = new Sampling({ kind: 'random', seed: 7, from, to, countTraces: true });
      do search.run(m, program);
      while (search.next());
      return search.seen;
    };
    const each = new Set(Array.from({ length: 100 }, (_, i) => seen(i, i + 1)).flat());
    const together = seen(0, 100);
    expect([...each].sort(), name).toEqual([...together].sort());
    traces += together.length;
  }
  expect(traces).toBeGreaterThan(50);
});

test('executions with other tasks than those before have room for as many', () => {
  const info = registerFunction({
    name: 'brief',
    file: 'test/engine/trace.test.ts',
    upstream: '',
    deviates: '',
    script: false,
  });
  function* brief(): Generator<never, void> {}
  const many: Program = (m) => {
    for (let i = 0; i < 30; i++) m.spawn(`task${i}`, 'process', false, info, brief);
  };
  const children: Program = (m) => {
    m.spawn('parent', 'process', false, info, function* (): Generator<never, void> {
      for (let i = 0; i < 50; i++) m.spawn(`child${i}`, 'process', false, info, brief);
    });
  };
  const m = machine();
  const chooser = new RandomChooser();
  const trace = new HashedTrace();
  const signature = (program: Program): string => signed(trace, m, program, chooser);
  const [first, other] = [signature(many), signature(children)];
  expect(first).not.toBe(other);
  expect([signature(many), signature(children)]).toEqual([first, other]);
});

test('a world that is put back has as many traces as one that is built', () => {
  let traces = 0;
  for (const [name, program] of galleryPrograms()) {
    const built: Program = (m) => program(m);
    const [a, b] = [machine(), machine()];
    const chooser = new RandomChooser();
    // What has been seen to look at anything is known to a trace from then on: each has its own.
    const [ofA, ofB] = [new HashedTrace(), new HashedTrace()];
    const of = (m: Machine, p: Program, trace: HashedTrace, seed: number): string => {
      chooser.reseed(seed);
      trace.begin();
      runOnce(m, p, chooser, trace);
      trace.settle();
      return trace.signature();
    };
    const pairs = Array.from({ length: 300 }, (_, i) => [
      of(a, program, ofA, i),
      of(b, built, ofB, i),
    ]);
    const distinct = (texts: unknown[]): number => new Set(texts).size;
    const both = distinct(pairs.map((p) => p.join(' ')));
    expect(distinct(pairs.map(([x]) => x)), `${name}, put back`).toBe(both);
    expect(distinct(pairs.map(([, y]) => y)), `${name}, built`).toBe(both);
    traces += both;
  }
  expect(traces).toBeGreaterThan(50);
});
