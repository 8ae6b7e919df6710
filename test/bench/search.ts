// Executions per second in search mode, checkers on, one core, without and with vector-clock race
// checking (`kcsan`). Ratios are to a reference loop measured in the same run, so that they can be compared
// across machines.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import {
  allCheckers,
  allInvariants,
  Campaign,
  type Checker,
  DEFAULT_MAX_STEPS,
  Machine,
  type Program,
  RandomChooser,
  runOnce,
  type Strategy,
} from '../../main/engine/api';
import { gallery } from '../../main/ipc/texts';
import { ENGINE_FLAGS } from '../../main/runner/engine-flags';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { lockDown } from '../../main/runner/lock-down';
import { seed } from '../programs/seed';
import { loadOwn } from './load';

const WINDOWS = 10;
const WINDOW_MS = 200;
const WARM_UP_MS = 3000;
/** What a search does in a second. */
interface Measured {
  readonly perSecond: number;
  /** In the best of the windows: what it does when nothing else runs on the machine. */
  readonly best: number;
  /** Steps of an execution. */
  readonly steps: number;
}

/** Executions and steps done since the beginning. */
export interface Done {
  readonly runs: number;
  readonly steps: number;
}

/** Goes on for so many milliseconds, and says what it has done since the beginning. */
export type Search = (ms: number) => Done;

function measure(search: Search): Measured {
  // The compiler learns while it runs: three seconds are what it needs for the largest world.
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
  const n = 10_000_000;
  const start = performance.now();
  let sum = 0;
  for (let i = 0; i < n; i++) sum ^= g.next().value as number;
  const seconds = (performance.now() - start) / 1000;
  if (sum === 12345) console.log();
  return n / seconds;
}

function randomSearch(program: Program, races: boolean, monitors: boolean): Search {
  const checkers = [...allCheckers(races), ...(monitors ? allInvariants() : [])];
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, checkers);
  const chooser = new RandomChooser();
  let runs = 0;
  let steps = 0;
  return (ms) => {
    for (const begun = performance.now(); performance.now() - begun < ms; ) {
      for (let i = 0; i < 500; i++) {
        chooser.reseed(runs++);
        runOnce(m, program, chooser);
        steps += m.step;
      }
    }
    return { runs, steps };
  };
}

/**
 * A search that ends before the time is over begins anew.
 * @param counting is told apart which traces and orders there were, as a campaign does?
 */
function campaignSearch(
  program: Program,
  checkers: Checker[],
  strategy: Strategy,
  counting = false,
): Search {
  const m = new Machine({ timed: false, maxSteps: DEFAULT_MAX_STEPS }, checkers);
  const options = { strategy, budget: 1_000_000, countTraces: counting, countOrders: counting };
  let c = new Campaign(m, program, options);
  let done = { runs: 0, steps: 0 };
  return (ms) => {
    for (const begun = performance.now(); performance.now() - begun < ms; ) {
      if (!c.slice(500)) continue;
      done = { runs: done.runs + c.executions, steps: done.steps + c.steps };
      c = new Campaign(m, program, options);
    }
    return { runs: done.runs + c.executions, steps: done.steps + c.steps };
  };
}

const STRATEGIES: readonly [string, Strategy][] = [
  ['bounded', { kind: 'bounded', bound: 6 }],
  ['pct', { kind: 'pct', seed: 1, depth: 3 }],
  ['dpor', { kind: 'dpor', counts: false }],
  ['dpor, commuting counts', { kind: 'dpor', counts: true }],
  ['stateful', { kind: 'stateful' }],
];

/** The same on kernel models; are traces and orders told apart? */
const ON_MODELS: readonly [string, Strategy, boolean][] = [
  ['random, traces told apart', { kind: 'random', seed: 1 }, true],
  ['pct, traces told apart', { kind: 'pct', seed: 1, depth: 3 }, true],
  ['bounded', { kind: 'bounded', bound: 3 }, false],
  ['stateful', { kind: 'stateful' }, false],
];

/** A line of the table. */
interface Row {
  readonly name: string;
  /** Can race checking be on? States leave out the order in which they were reached, which races are about. */
  readonly races: boolean;
  search(races: boolean): Search;
}

function rows(): Row[] {
  const out: Row[] = [];
  for (const [form, r, p, d] of [
    ['legacy', 1, 1, 1],
    ['counted', 1, 1, 1],
    ['counted', 2, 2, 1],
  ] as const) {
    const name = `seed ${form} ${r},${p},${d} random`;
    const search = (on: boolean): Search => randomSearch(seed(form, r, p, d), on, false);
    out.push({ name, races: true, search });
  }
  for (const [what, strategy] of STRATEGIES) {
    const name = `seed counted 2,2,1 ${what}`;
    const search = (on: boolean): Search =>
      campaignSearch(seed('counted', 2, 2, 1), allCheckers(on), strategy);
    out.push({ name, races: strategy.kind !== 'stateful', search });
  }
  const last = gallery().find((g) => g.id.startsWith('06'));
  if (last === undefined) return out;
  const e = loadOwn(last.script);
  for (const cell of cellsOf(e)) {
    const name = `model ${cell.variant} ${cell.driver} random`;
    const search = (on: boolean): Search => randomSearch(experimentProgram(e, cell), on, true);
    out.push({ name, races: true, search });
    for (const [what, strategy, counting] of ON_MODELS) {
      const search = (on: boolean): Search =>
        campaignSearch(
          experimentProgram(e, cell),
          [...allCheckers(on), ...allInvariants()],
          strategy,
          counting,
        );
      const races = strategy.kind !== 'stateful';
      out.push({ name: `model ${cell.variant} ${cell.driver} ${what}`, races, search });
    }
  }
  return out;
}

/** The search of one line of the table, in a realm that is locked down, as a campaign runs. */
export function searchOf(name: string, races: boolean): Search {
  const row = rows().find((r) => r.name === name);
  if (row === undefined) throw new TypeError(`there is no line '${name}'`);
  lockDown();
  return row.search(races);
}

/** The lines of the table. @param only those whose name contains this */
export const namesOf = (only: string): Pick<Row, 'name' | 'races'>[] =>
  rows().filter((r) => r.name.includes(only));

/** Measure one line of the table and print it, for `printSpeed`. */
export function printRow(name: string, races: boolean): void {
  console.log(JSON.stringify(measure(searchOf(name, races))));
}

/** Each is measured in a process of its own, as a campaign runs: the compiler knows nothing else. */
function measureRow(name: string, races: boolean): Measured {
  const entry = join(import.meta.dirname, 'bench.js');
  const args = [...ENGINE_FLAGS, entry, 'row', name, races ? 'races' : ''];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8' })) as Measured;
}

/** Print the table. @param only scenarios whose name contains this */
export function printSpeed(only: string): void {
  console.log(`search mode, checkers on, one core; best: of ${WINDOWS} windows of ${WINDOW_MS} ms;
ratio: engine steps per step of a bare generator, measured right before
`);
  const head = ['runs/s', 'best', 'with kcsan', 'best', 'steps/run', 'Msteps/s', 'ratio'];
  console.log(`${'scenario'.padEnd(40)}${head.map((h) => h.padStart(12)).join('')}`);
  for (const { name, races } of namesOf(only)) {
    const ref = reference();
    const plain = measureRow(name, false);
    const kcsan = races ? measureRow(name, true) : null;
    const stepsPerSecond = plain.perSecond * plain.steps;
    const cells = [
      whole(plain.perSecond),
      whole(plain.best),
      kcsan === null ? '-' : whole(kcsan.perSecond),
      kcsan === null ? '-' : whole(kcsan.best),
      plain.steps.toFixed(1),
      (stepsPerSecond / 1e6).toFixed(2),
      (stepsPerSecond / ref).toFixed(4),
    ];
    console.log(`${name.padEnd(40)}${cells.map((c) => c.padStart(12)).join('')}`);
  }
}

const whole = (n: number): string => Math.round(n).toLocaleString('en-US');
