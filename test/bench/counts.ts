// npm run bench -- counts: the counts of `shared/explore.md` section 2 at the largest size that optimal
// DPOR runs in a minute, with what it has executed and what it has given up. A wrong count is an error.
// `npm run bench -- counts 10 seed` stops at sizes that take longer than ten seconds, and prints only the
// programs whose name contains `seed`.
import { performance } from 'node:perf_hooks';
import { allCheckers, Dpor, Machine } from '../../main/engine/api';
import { COMMUTING, ROWS, type Row } from '../programs/rows';

/** What one search has come to. */
interface Run {
  readonly size: number;
  readonly executions: number;
  readonly blocked: number;
  readonly seconds: number;
}

function run(row: Row, size: number, counts: boolean): Run {
  const m = new Machine({ timed: false, maxSteps: 20_000 }, allCheckers());
  m.goesOn = true;
  const program = row.make(size);
  const search = new Dpor(counts);
  const begun = performance.now();
  let executions = 0;
  for (;;) {
    const outcome = search.run(m, program);
    if (outcome !== 'cut') executions++;
    if (!search.next(m, outcome)) break;
  }
  const seconds = (performance.now() - begun) / 1000;
  return { size, executions, blocked: search.blocked, seconds };
}

/** Grow as long as the next size should be done in time, going by the time a trace has taken. */
function largest(row: Row, limit: number, counts: boolean): Run {
  let size = row.sizes[0] as number;
  let last = run(row, size, counts);
  for (;;) {
    const next = size + 1;
    if (next > (row.last ?? Number.POSITIVE_INFINITY)) return last;
    const slower = Math.max(last.seconds, 0.001) / last.executions;
    if (row.traces(next) * slower * 1.3 > limit) return last;
    size = next;
    last = run(row, size, counts);
  }
}

/**
 * Print the table.
 * @param limit seconds a size may take
 * @param only programs whose name contains this
 * @returns whether every count is right
 */
export function printCounts(limit: number, only: string): boolean {
  console.log(`traces by optimal DPOR, at the largest size that runs in ${limit} s\n`);
  const head = ['size', 'expected', 'executed', 'blocked', 'seconds'];
  console.log(`${'program'.padEnd(50)}${head.map((h) => h.padStart(12)).join('')}`);
  let right = true;
  for (const row of [...ROWS, COMMUTING]) {
    if (!row.name.includes(only)) continue;
    const r = largest(row, limit, row === COMMUTING);
    const expected = row.traces(r.size);
    const ok = r.executions === expected && r.blocked === 0;
    right &&= ok;
    const shown = [r.size, expected, r.executions, r.blocked].map((n) => n.toLocaleString('en-US'));
    const cells = [...shown, r.seconds.toFixed(1)].map((c) => c.padStart(12)).join('');
    console.log(`${row.name.padEnd(50)}${cells}${ok ? '' : '  WRONG'}`);
  }
  return right;
}
