// core: a world that is put back is like one that is built. Every shipped experiment, every cell, the same
// schedules on both.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  allInvariants,
  type Chooser,
  DEFAULT_MAX_STEPS,
  Machine,
  type Program,
  RandomChooser,
  RecordingChooser,
  runOnce,
} from '../../main/engine/api';
import { SavedFields } from '../../main/engine/core/saved-fields';
import { compileScript } from '../../main/runner/compile';
import { cellsOf, type Experiment, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from '../bench/load';
import { galleryScripts, zooScripts } from '../support/experiments';

const RUNS = 60;

function machine(e: Experiment): Machine {
  const { timed = false, maxSteps = DEFAULT_MAX_STEPS } = e.options;
  return new Machine({ timed, maxSteps }, [...allCheckers(true), ...allInvariants()]);
}

/** All that a run shows. */
function run(m: Machine, program: Program, chooser: RandomChooser, seed: number) {
  chooser.reseed(seed);
  const noted = new RecordingChooser(chooser);
  const outcome = runOnce(m, program, noted as Chooser);
  return {
    outcome,
    choices: noted.choices,
    step: m.step,
    time: m.time,
    findings: m.findings.map((f) => [f.identity, f.message, f.step, f.details]),
    log: m.log,
    fired: [...m.fired],
    tasks: m.tasks.map((t) => [t.name, t.key, t.steps, t.alive]),
    objects: m.objects.map((o) => [o.name, o.uid, o.state, o.allocStep]),
    freed: m.objects.filter((o) => o.state !== 0).map((o) => [o.name, o.freeTask, o.freeStep]),
  };
}

/** Runs of an experiment's first cell, the same ones on worlds that are put back and that are built. */
function bothWays(e: Experiment): ReturnType<typeof run>[] {
  const [cell] = cellsOf(e);
  if (cell === undefined) throw new Error('no cell');
  const program = experimentProgram(e, cell);
  const built: Program = (m) => program(m);
  const [a, b, chooser] = [machine(e), machine(e), new RandomChooser()];
  const runs = Array.from({ length: 40 }, (_, seed) => {
    const one = run(a, program, chooser, seed);
    expect(one).toEqual(run(b, built, chooser, seed));
    return { ...one, log: [...one.log] };
  });
  expect(a.worlds.resume(program, chooser)).toBe(true);
  return runs;
}

let putBack = 0;

describe.each([...galleryScripts(), ...zooScripts()])('%s', (_file, script) => {
  test('put back or built, the same runs', () => {
    const e = loadOwn(script);
    for (const cell of cellsOf(e)) {
      const program = experimentProgram(e, cell);
      const built: Program = (m) => program(m);
      const [a, b] = [machine(e), machine(e)];
      const chooser = new RandomChooser();
      for (let seed = 0; seed < RUNS; seed++) {
        const one = run(a, program, chooser, seed);
        expect(one, `${cell.variant} ${cell.driver} ${seed}`).toEqual(run(b, built, chooser, seed));
        // Another world in the same machine does not matter.
        if (seed % 8 === 7) run(a, built, chooser, seed + 1000);
      }
      if (a.worlds.resume(program, chooser)) putBack++;
      expect(b.worlds.resume(built, chooser)).toBe(false);
    }
  });
});

test('what only the script holds is put back, too', () => {
  const e = loadOwn(`import { experiment } from 'faultline';
export default experiment('t', { drivers: ['plain'], variants: ['v6.12'] }, (lab) => {
  const dev = lab.device('dev0');
  const lock = lab.k.mutex(dev.struct, 'of_the_script');
  const count = new lab.k.Refcount(dev.struct, 'count_of_the_script');
  lab.setup(function* () {
    yield* lab.k.refcount_set(count, 3);
  });
  for (const name of ['a', 'b']) {
    lab.task(name, function* () {
      yield* lab.k.refcount_inc(count);
      yield* lab.k.mutex_lock(lock);
    });
  }
});
`);
  for (const { findings } of bothWays(e)) expect(findings.length).toBeGreaterThan(0);
});

test('a function that a task replaces is the old one in the next run', () => {
  const e = loadOwn(`import { experiment } from 'faultline';
export default experiment('t', { drivers: ['plain'], variants: ['v6.12'] }, (lab) => {
  const dev = lab.device('dev0');
  lab.setup(function* () {
    yield* lab.driver.enableIopf(dev);
  });
  lab.task('a', function* () {
    yield* lab.mark('before');
    lab.patch({
      *iopf_queue_remove_device() {
        yield* lab.mark('patched');
      },
    });
    yield* lab.driver.disableIopf(dev);
  });
  lab.task('b', function* () {
    yield* lab.driver.disableIopf(dev);
  });
});
`);
  const logs = bothWays(e).map(({ log }) => log.map((l) => l.text).join());
  expect(new Set(logs).size).toBeGreaterThan(1);
});

test('most worlds are put back', () => {
  expect(putBack).toBeGreaterThan(200);
});

describe('what keeps something is built anew', () => {
  const parsed = (body: string): boolean => {
    const script = `import { experiment } from 'faultline';\nlet n = 0;\nconst list = [];\nexport default experiment('t', {}, (lab) => {\nlab.task('a', function* () {\n${body}\n});\n});\n`;
    return new Function(`return ${compileScript(script)}`)().keepsNothing;
  };
  test.each([
    'n++;',
    'n = 1;',
    'list.push(1);',
    'const alias = list; alias.push(1);',
    'const alias = list; alias[0] = 1;',
    'const alias = list; delete alias[0];',
    'Object.assign(list, [1]);',
    'let own = []; own = list; own.push(1);',
  ])('%s', (body) => expect(parsed(body)).toBe(false));
  test.each(['const own = []; own.push(1);', 'let k = 0; k++;', 'yield* lab.mark("x");'])(
    '%s leaves no trace',
    (body) => expect(parsed(body)).toBe(true),
  );
});

test('fields are put back whatever their names are', () => {
  const odd = Object.fromEntries(
    ['a,b', 'x.y', '1', '"; throw 1; "', 'class', 'a'].map((k, i) => [k, i]),
  );
  const things = [{ a: 1, b: 2 }, { a: 3, b: 4 }, { 'a,b': 5 }, odd];
  const before = structuredClone(things);
  const saved = new SavedFields();
  for (const t of things) saved.add(t, Object.keys(t));
  expect(saved.areAsTheyWere()).toBe(true);
  for (const t of things) for (const k of Object.keys(t)) Object.assign(t, { [k]: 'changed' });
  expect(saved.areAsTheyWere()).toBe(false);
  saved.restore();
  expect(saved.areAsTheyWere()).toBe(true);
  expect(things).toEqual(before);
});
