// npm run bench: executions per second in search mode, checkers on, one core. Ratios are to a
// reference loop measured in the same run, so that they can be compared across machines.
import { performance } from 'node:perf_hooks';
import {
  allCheckers,
  allInvariants,
  Campaign,
  DEFAULT_MAX_STEPS,
  Machine,
  type Program,
  RandomChooser,
  runOnce,
  type Strategy,
} from '../../main/engine/api';
import { gallery } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { seed } from '../programs/seed';
import { loadOwn } from './load';

const SECONDS = 2;
/** Only scenarios whose name contains this: `npm run bench -- model`. */
const ONLY = process.argv[2] ?? '';

interface Row {
  name: string;
  perSecond: number;
  steps: number;
}

/** Steps of a bare xorshift generator per second: what the machine can do at all. */
function reference(): number {
  function* walk(): Generator<number, void, number> {
    let x = 1;
    for (;;) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      yield x;
    }
  }
  const g = walk();
  const n = 20_000_000;
  const start = performance.now();
  let sum = 0;
  for (let i = 0; i < n; i++) sum ^= g.next().value as number;
  const seconds = (performance.now() - start) / 1000;
  if (sum === 12345) console.log();
  return n / seconds;
}

function measureRandom(name: string, program: Program, monitors = false): Row {
  const checkers = monitors ? [...allCheckers(), ...allInvariants()] : allCheckers();
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, checkers);
  const chooser = new RandomChooser();
  const batch = (from: number, n: number): number => {
    let steps = 0;
    for (let i = from; i < from + n; i++) {
      chooser.reseed(i);
      runOnce(m, program, chooser);
      steps += m.step;
    }
    return steps;
  };
  batch(0, 5000);
  let runs = 0;
  let steps = 0;
  const start = performance.now();
  while (performance.now() - start < SECONDS * 1000) {
    steps += batch(runs, 1000);
    runs += 1000;
  }
  const seconds = (performance.now() - start) / 1000;
  return { name, perSecond: runs / seconds, steps: steps / runs };
}

function measureCampaign(name: string, program: Program, strategy: Strategy): Row {
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, allCheckers());
  const c = new Campaign(m, program, { strategy, budget: 1_000_000 });
  const start = performance.now();
  let over = false;
  while (!over && performance.now() - start < SECONDS * 1000) over = c.slice(1000);
  const seconds = (performance.now() - start) / 1000;
  return { name, perSecond: c.executions / seconds, steps: c.steps / c.executions };
}

const rows: Row[] = [];
function add(name: string, measure: (name: string) => Row): void {
  if (name.includes(ONLY)) rows.push(measure(name));
}
for (const [form, r, p, d] of [
  ['legacy', 1, 1, 1],
  ['counted', 1, 1, 1],
  ['counted', 2, 2, 1],
] as const) {
  add(`seed ${form} ${r},${p},${d} random`, (name) => measureRandom(name, seed(form, r, p, d)));
}
for (const [what, strategy] of [
  ['bounded', { kind: 'bounded', bound: 6 }],
  ['pct', { kind: 'pct', seed: 1, depth: 3 }],
  ['dpor', { kind: 'dpor', counts: false }],
  ['dpor, commuting counts', { kind: 'dpor', counts: true }],
  ['stateful', { kind: 'stateful' }],
] as const) {
  const program = seed('counted', 2, 2, 1);
  add(`seed counted 2,2,1 ${what}`, (name) => measureCampaign(name, program, strategy));
}
const last = gallery().find((g) => g.id.startsWith('06'));
if (last) {
  const e = loadOwn(last.script);
  for (const cell of cellsOf(e)) {
    const program = experimentProgram(e, cell);
    add(`model ${cell.variant} ${cell.driver} random`, (n) => measureRandom(n, program, true));
  }
}
const ref = reference();
console.log('search mode, checkers on, one core; ratio: engine steps per reference step\n');
console.log(
  `${'scenario'.padEnd(32)} ${'runs/s'.padStart(10)} ${'steps/run'.padStart(10)} ${'Msteps/s'.padStart(9)} ratio`,
);
for (const r of rows) {
  const stepsPerSecond = r.perSecond * r.steps;
  console.log(
    `${r.name.padEnd(32)} ${Math.round(r.perSecond).toLocaleString('en-US').padStart(10)} ${r.steps.toFixed(1).padStart(10)} ${(stepsPerSecond / 1e6).toFixed(2).padStart(9)} ${(stepsPerSecond / ref).toFixed(4)}`,
  );
}
console.log(`\nreference: ${(ref / 1e6).toFixed(1)} M generator steps/s`);
