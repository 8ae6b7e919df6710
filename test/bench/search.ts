// Executions per second in search mode, checkers on, one core, without and with vector-clock race
// checking (`kcsan`). Ratios are to a reference loop measured in the same run, so that they can be compared
// across machines.
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

const WINDOWS = 10;
const WINDOW_MS = 200;
const WARM_UP_MS = 1000;
interface Row {
  name: string;
  perSecond: number;
  /** In the best of the windows: what it does when nothing else runs on the machine. */
  best: number;
  /** The same with race checking; 0 where it is not to be had. */
  withRaces: number;
  steps: number;
}

type Measured = Pick<Row, 'perSecond' | 'best' | 'steps'>;

/** Executions and steps done since the beginning. */
interface Done {
  readonly runs: number;
  readonly steps: number;
}

/** @param search goes on for so many milliseconds, and says what it has done since the beginning */
function measure(search: (ms: number) => Done): Measured {
  // The compiler learns while it runs: a second is what it needs for the largest world.
  const first = search(WARM_UP_MS);
  let last = first;
  let best = 0;
  let seconds = 0;
  for (let i = 0; i < WINDOWS; i++) {
    const start = performance.now();
    const done = search(WINDOW_MS);
    const took = (performance.now() - start) / 1000;
    best = Math.max(best, (done.runs - last.runs) / took);
    seconds += took;
    last = done;
  }
  const runs = last.runs - first.runs;
  return { perSecond: runs / seconds, best, steps: (last.steps - first.steps) / runs };
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

function measureRandom(program: Program, races: boolean, monitors: boolean): Measured {
  const checkers = [...allCheckers(races), ...(monitors ? allInvariants() : [])];
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, checkers);
  const chooser = new RandomChooser();
  let runs = 0;
  let steps = 0;
  return measure((ms) => {
    for (const begun = performance.now(); performance.now() - begun < ms; ) {
      for (let i = 0; i < 500; i++) {
        chooser.reseed(runs++);
        runOnce(m, program, chooser);
        steps += m.step;
      }
    }
    return { runs, steps };
  });
}

/** A search that ends before the time is over begins anew. */
function measureCampaign(program: Program, races: boolean, strategy: Strategy): Measured {
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, allCheckers(races));
  let c = new Campaign(m, program, { strategy, budget: 1_000_000 });
  let done = { runs: 0, steps: 0 };
  return measure((ms) => {
    for (const begun = performance.now(); performance.now() - begun < ms; ) {
      if (!c.slice(500)) continue;
      done = { runs: done.runs + c.executions, steps: done.steps + c.steps };
      c = new Campaign(m, program, { strategy, budget: 1_000_000 });
    }
    return { runs: done.runs + c.executions, steps: done.steps + c.steps };
  });
}

const STRATEGIES: readonly [string, Strategy][] = [
  ['bounded', { kind: 'bounded', bound: 6 }],
  ['pct', { kind: 'pct', seed: 1, depth: 3 }],
  ['dpor', { kind: 'dpor', counts: false }],
  ['dpor, commuting counts', { kind: 'dpor', counts: true }],
  ['stateful', { kind: 'stateful' }],
];

function measureAll(only: string): Row[] {
  const rows: Row[] = [];
  const add = (name: string, take: (races: boolean) => Measured, races = true): void => {
    if (!name.includes(only)) return;
    const plain = take(false);
    rows.push({ name, ...plain, withRaces: races ? take(true).perSecond : 0 });
  };
  for (const [form, r, p, d] of [
    ['legacy', 1, 1, 1],
    ['counted', 1, 1, 1],
    ['counted', 2, 2, 1],
  ] as const) {
    const program = seed(form, r, p, d);
    const name = `seed ${form} ${r},${p},${d} random`;
    add(name, (races) => measureRandom(program, races, false));
  }
  for (const [what, strategy] of STRATEGIES) {
    const program = seed('counted', 2, 2, 1);
    const name = `seed counted 2,2,1 ${what}`;
    // States leave out the order in which they were reached, which is what races are about.
    const races = strategy.kind !== 'stateful';
    add(name, (on) => measureCampaign(program, on, strategy), races);
  }
  const last = gallery().find((g) => g.id.startsWith('06'));
  if (last === undefined) return rows;
  const e = loadOwn(last.script);
  for (const cell of cellsOf(e)) {
    const program = experimentProgram(e, cell);
    const name = `model ${cell.variant} ${cell.driver} random`;
    add(name, (races) => measureRandom(program, races, true));
  }
  return rows;
}

/** Print the table. @param only scenarios whose name contains this */
export function printSpeed(only: string): void {
  const rows = measureAll(only);
  const ref = reference();
  console.log(
    'search mode, checkers on, one core; best: of ten windows of 0.2 s; ratio: engine steps per reference step\n',
  );
  const head = ['runs/s', 'best', 'with kcsan', 'steps/run', 'Msteps/s', 'ratio'];
  console.log(`${'scenario'.padEnd(40)}${head.map((h) => h.padStart(12)).join('')}`);
  for (const r of rows) {
    const perSecond = r.perSecond * r.steps;
    const cells = [
      Math.round(r.perSecond).toLocaleString('en-US'),
      Math.round(r.best).toLocaleString('en-US'),
      r.withRaces === 0 ? '-' : Math.round(r.withRaces).toLocaleString('en-US'),
      r.steps.toFixed(1),
      (perSecond / 1e6).toFixed(2),
      (perSecond / ref).toFixed(4),
    ];
    console.log(`${r.name.padEnd(40)}${cells.map((c) => c.padStart(12)).join('')}`);
  }
  console.log(`\nreference: ${(ref / 1e6).toFixed(1)} M generator steps/s`);
}
