// Stateful search, DPOR and samples against each other on every shipped experiment: what one of them has
// exhausted holds every finding that another one met. Built like the engine, run by
// `test/experiments/crosscheck.test.ts`; `node out/main/crosscheck.js 20000` looks longer.
import type { Strategy } from '../../main/engine/api';
import { gallery, zoo } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { differences, searched } from '../support/agreement';
import { loadOwn } from './load';

const [budget = 2000, lane = 0, lanes = 1] = process.argv.slice(2).map(Number);
const ONLY = process.argv[5] ?? '';
const STRATEGIES: Strategy[] = [
  { kind: 'stateful' },
  { kind: 'dpor', counts: false },
  { kind: 'dpor', counts: true },
  { kind: 'pct', seed: 1, depth: 3 },
];

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
    const results = STRATEGIES.map((s) => searched(e, program, s, budget)).filter(
      (r) => r !== null,
    );
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
