// `faultline zoo`: every bug of the zoo on every variant, as a matrix: what is expected, what was
// found, executions to find it, time. A cell that is not as expected is an error.
import type { Command } from 'commander';
import type { CellVerdict } from '../../preload/contract/shapes';
import { VARIANTS } from '../engine/api';
import { wrap } from '../export/splat';
import { zoo } from '../ipc/texts';
import type { Jobs } from '../runner/jobs';
import type { Description } from '../runner/protocol';
import { meant, verdictOf } from '../runner/verdict';
import { dim, green, jobsAt, red, yellow } from './output';

/** One cell, with what it cost. */
interface ZooCell extends CellVerdict {
  readonly chain: string;
  /** Executions until the expected finding was met first; 0 when there is none. */
  readonly firstAt: number;
  readonly milliseconds: number;
}

/** One experiment of the zoo. */
interface ZooRow {
  readonly id: string;
  readonly description: Description;
  readonly cells: readonly ZooCell[];
}

const FIRES = 'X';
const HOLDS = '.';
const WRONG = '!';

/** Does the script expect the bug to show here? */
function fires(expected: string): boolean {
  return expected !== 'holds' && !expected.startsWith('not ');
}

async function runRow(jobs: Jobs, id: string, script: string): Promise<ZooRow> {
  const cells: ZooCell[] = [];
  let last = performance.now();
  const description = await jobs.survey(script, (reply) => {
    const now = performance.now();
    const verdict = verdictOf(reply.cell, reply);
    const hit = meant(verdict.expected.split(' + ')[0] ?? '', reply.found);
    const { chain } = reply;
    cells.push({ ...verdict, chain, firstAt: hit?.firstAt ?? 0, milliseconds: now - last });
    last = now;
  });
  return { id, description, cells };
}

/** Run several at once; the order of the result is that of the scripts. */
async function runAll(
  jobs: Jobs,
  scripts: readonly { id: string; script: string }[],
  cores: number,
  done: (row: ZooRow) => void,
): Promise<ZooRow[]> {
  const rows: ZooRow[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < scripts.length; i = next++) {
      const { id, script } = scripts[i] as { id: string; script: string };
      const row = await runRow(jobs, id, script);
      rows[i] = row;
      done(row);
    }
  };
  await Promise.all(Array.from({ length: cores }, lane));
  return rows;
}

function mark(c: ZooCell): string {
  if (c.asExpected !== true) return red(WRONG);
  return fires(c.expected) ? yellow(FIRES) : green(HOLDS);
}

/** Executions until a bug was met, and time, over some cells. */
function cost(cells: readonly ZooCell[]): string {
  const firsts = cells.filter((c) => fires(c.expected) && c.firstAt > 0).map((c) => c.firstAt);
  const [low, high] = [Math.min(...firsts), Math.max(...firsts)];
  const range = low === high ? `${low}` : `${low}-${high}`;
  const seconds = cells.reduce((n, c) => n + c.milliseconds, 0) / 1000;
  const found = firsts.length === 0 ? 'does not show' : `found in execution ${range}`;
  return `${found}, ${seconds.toFixed(1)} s`;
}

/** Lines of one experiment: one per driver and patch level, columns are the variants. */
function lines(row: ZooRow): string[] {
  const { cells, description: d } = row;
  const drivers = [...new Set(cells.map((c) => c.cell.driver))];
  const out: string[] = [];
  const name = `${d.bug}${/^b\d+([a-z])-/.exec(row.id)?.[1] ?? ''}`;
  for (const driver of drivers) {
    const mine = cells.filter((c) => c.cell.driver === driver);
    const column = (tag: string): string => {
      const c = mine.find((x) => x.cell.variant === tag);
      const disputed = `${tag} ${driver}` in d.disputed ? '*' : ' ';
      return (c === undefined ? dim('-') : mark(c)) + disputed.padEnd(WIDTH - 1);
    };
    const first = out.length === 0 ? name.padEnd(6) : ' '.repeat(6);
    const marks = VARIANTS.map((v) => column(v.tag)).join('');
    out.push(`${first}${driver.padEnd(8)}${marks}${d.marking.padEnd(11)} ${dim(cost(mine))}`);
    for (const c of mine.filter((x) => x.cell.variant.includes('~'))) {
      out.push(`${' '.repeat(14)}${mark(c)} ${dim(c.cell.variant)}`);
    }
  }
  return out;
}

const WIDTH = 4;

function legend(): string[] {
  const names = VARIANTS.map((v, i) => `${String.fromCharCode(97 + i)} ${v.tag}`);
  const heads = VARIANTS.map((_, i) => String.fromCharCode(97 + i).padEnd(WIDTH)).join('');
  return [
    ...wrap(`columns: ${names.join(', ')}`),
    `${FIRES} fires, as expected   ${HOLDS} does not, as expected   ${WRONG} not as expected   - not there   * not what the specification says`,
    '',
    `bug   driver  ${heads}marking     found and time`,
  ];
}

function details(rows: readonly ZooRow[], verbose: boolean): string[] {
  const out: string[] = [];
  for (const { id, cells } of rows) {
    for (const c of cells) {
      const where = `${id} on ${c.cell.variant} ${c.cell.driver}`;
      if (c.asExpected !== true) out.push(red(`! ${where}: expected ${c.expected}; ${c.sentence}`));
      else if (verbose) {
        const what = c.found.map((f) => f.finding.checker).join(', ') || 'nothing';
        const at = c.firstAt > 0 ? `, first in execution ${c.firstAt}` : '';
        const ms = Math.round(c.milliseconds);
        out.push(`${where}: expected ${c.expected}; found ${what}${at}; ${c.coverage}; ${ms} ms`);
      }
    }
  }
  return out;
}

function disputes(rows: readonly ZooRow[]): string[] {
  const out = rows.flatMap(({ id, description: d }) =>
    Object.entries(d.disputed).map(([cell, why]) => `${id} on ${cell}: ${why}`),
  );
  return out.length === 0
    ? []
    : ['', 'where we disagree with the specification:', ...out.flatMap((l) => wrap(l))];
}

interface ZooFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly cores?: number;
}

async function runZoo(here: string, names: readonly string[], flags: ZooFlags): Promise<void> {
  const wanted = zoo().filter(
    (z) => names.length === 0 || names.some((n) => z.id.startsWith(n.toLowerCase())),
  );
  const start = performance.now();
  if (!flags.json) for (const l of legend()) console.log(l);
  const pending = new Map<string, ZooRow>();
  let shown = 0;
  const flush = (row: ZooRow): void => {
    pending.set(row.id, row);
    for (
      let r = pending.get(wanted[shown]?.id ?? '');
      r;
      r = pending.get(wanted[shown]?.id ?? '')
    ) {
      shown++;
      if (!flags.json) for (const l of lines(r)) console.log(l);
    }
  };
  const rows = await runAll(jobsAt(here), wanted, flags.cores ?? 2, flush);
  const cells = rows.flatMap((r) => r.cells);
  const wrong = cells.filter((c) => c.asExpected !== true).length;
  if (flags.json) {
    console.log(JSON.stringify(rows, null, 2));
  } else {
    for (const l of [...details(rows, flags.verbose ?? false), ...disputes(rows)]) console.log(l);
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    const runs = cells.reduce((n, c) => n + c.executions, 0).toLocaleString('en-US');
    console.log(
      `\n${rows.length} experiments, ${cells.length} cells, ${runs} executions, ${seconds} s`,
    );
    console.log(
      wrong === 0 ? green('every cell is as expected') : red(`${wrong} cells are not as expected`),
    );
  }
  process.exitCode = wrong === 0 ? 0 : 1;
}

/** Add `zoo`. */
export function registerZoo(program: Command, here: string, whole: (text: string) => number): void {
  program
    .command('zoo [bugs...]')
    .description('run the bug zoo on every variant and print the matrix; name bugs to run some')
    .option('--verbose', 'every cell with what was found, executions and time')
    .option('--cores <n>', 'experiments at once; 2 by default', whole)
    .option('--json', 'machine-readable output')
    .action((names: string[], flags: ZooFlags) => runZoo(here, names, flags));
}
