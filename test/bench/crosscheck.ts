// Stateful search, DPOR and samples against each other on every shipped experiment: what one of them has
// exhausted holds every finding that another one met. Built like the engine, run by
// `test/experiments/crosscheck.test.ts`; `node out/main/crosscheck.js 20000` looks longer.
import { performance } from 'node:perf_hooks';
import {
  allCheckers,
  allInvariants,
  Campaign,
  type Coverage,
  Machine,
  type Strategy,
  unfit,
} from '../../main/engine/api';
import { gallery, zoo } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { loadOwn } from './load';

const [budget = 2000, lane = 0, lanes = 1] = process.argv.slice(2).map(Number);
const ONLY = process.argv[5] ?? '';
const STRATEGIES: Strategy[] = [
  { kind: 'stateful' },
  { kind: 'dpor', counts: false },
  { kind: 'dpor', counts: true },
  { kind: 'pct', seed: 1, depth: 3 },
];

interface Result {
  readonly name: string;
  readonly coverage: Coverage;
  readonly found: ReadonlySet<string>;
  readonly ms: number;
}

/** One more line for everything that does not fit together. */
function differences(results: readonly Result[]): string[] {
  const out: string[] = [];
  for (const whole of results) {
    if (!whole.coverage.complete) continue;
    for (const other of results) {
      for (const id of other.found) {
        if (!whole.found.has(id))
          out.push(`${whole.name} is complete without ${id} of ${other.name}`);
      }
    }
  }
  return out;
}

let cells = 0;
let complete = 0;
let both = 0;
let wrong = 0;
[...gallery(), ...zoo()].forEach((entry, i) => {
  if (i % lanes !== lane || !entry.id.includes(ONLY)) return;
  const e = loadOwn(entry.script);
  if (e.options.timed || e.sharesState) return;
  for (const cell of cellsOf(e)) {
    const program = experimentProgram(e, cell);
    const results = STRATEGIES.map((strategy): Result | null => {
      const checkers = [...allCheckers(e.options.kcsan ?? false), ...allInvariants()];
      const m = new Machine({ timed: false, maxSteps: e.options.maxSteps ?? 20_000 }, checkers);
      if (unfit(m, strategy.kind) !== '') return null;
      const c = new Campaign(m, program, { strategy, budget });
      const start = performance.now();
      while (!c.slice(1000)) {}
      const name = JSON.stringify(strategy);
      const found = new Set(c.findings().map((f) => f.finding.identity));
      return { name, coverage: c.coverage, found, ms: performance.now() - start };
    }).filter((r) => r !== null);
    cells++;
    const exhaustive = results.filter((r) => !r.name.includes('pct'));
    if (exhaustive.some((r) => r.coverage.complete)) complete++;
    if (exhaustive.every((r) => r.coverage.complete)) both++;
    const where = `${entry.id} ${cell.variant} ${cell.driver}`;
    for (const line of differences(results)) {
      wrong++;
      console.log(`${where}: ${line}`);
    }
    if (process.env.VERBOSE) {
      const text = results.map((r) => {
        const { executions, complete: all, states, blocked, steps } = r.coverage;
        const n = states >= 0 ? `${states} states` : `${executions}+${blocked}`;
        return `${all ? 'all ' : ''}${n} ${r.found.size}f ${Math.round(r.ms)}ms ${Math.round(steps / r.ms)}k/s`;
      });
      console.log(`${where}: ${text.join(' | ')}`);
    }
  }
});
console.log(`${cells} cells, ${complete} exhausted by some search, ${both} by all`);
process.exitCode = wrong > 0 ? 1 : 0;
