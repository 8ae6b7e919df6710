// `faultline explore`: search with a strategy of one's choice on all cores, with progress, to be stopped
// and gone on with.
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { DEFAULT_PREEMPTIONS } from '../../preload/contract/limits';
import type { CellShape, KeptRun, StrategyShape } from '../../preload/contract/shapes';
import { grouped } from '../engine/api';
import { junit } from '../export/junit';
import { writeAtomic } from '../library/atomic';
import type { CellProgress } from '../runner/exploring';
import type { SearchReply } from '../runner/protocol';
import { readSearch, type SavedSearch, SearchFileError, writeSearch } from '../runner/search-file';
import { chosen, printCell, type SearchFlags, searchFlags, strategyOf } from './cells';
import { blame, dim, Failure, jobsAt, readScript, StatusLine, writeRun, yellow } from './output';

interface ExploreFlags extends SearchFlags {
  cores?: number;
  resume?: string;
  orders?: boolean;
}

/** Orders that were seen one way only and are printed unless all are asked for. */
const ORDERS_SHOWN = 3;

function resumed(path: string | undefined, script: string): SavedSearch | null {
  if (path === undefined || !existsSync(path)) return null;
  try {
    return readSearch(readFileSync(path, 'utf8'), script);
  } catch (e) {
    if (e instanceof SearchFileError) throw new Failure(`${path} ${e.message}`);
    throw e;
  }
}

function sameStrategy(a: StrategyShape, b: StrategyShape): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Progress of all cells as one line, or as a stream of JSON lines. */
class Reporter {
  private readonly status = new StatusLine();
  private readonly cells: (CellProgress | null)[];
  private readonly begun = performance.now();
  private readonly before: number;
  private last = 0;

  constructor(
    private readonly names: readonly CellShape[],
    private readonly json: boolean,
    from: SavedSearch | null,
  ) {
    this.cells = names.map(() => null);
    const shares = from?.cells.flatMap((c) => c.shares) ?? [];
    this.before = shares.reduce((n, s) => n + (s?.executions ?? 0), 0);
  }

  line(value: object): void {
    if (this.json) console.log(JSON.stringify(value));
  }

  progress(i: number, p: CellProgress): void {
    this.cells[i] = p;
    const now = performance.now();
    if (now - this.last < (this.json ? 500 : 100)) return;
    this.last = now;
    const known = this.cells.filter((c) => c !== null);
    const sum = (of: (c: CellProgress) => number): number =>
      known.reduce((n, c) => n + Math.max(0, of(c)), 0);
    const executions = sum((c) => c.executions);
    const seconds = (now - this.begun) / 1000;
    const perSecond = Math.round(Math.max(0, executions - this.before) / seconds);
    const findings = new Set(known.flatMap((c) => [...c.found])).size;
    const left = p.left;
    this.line({ type: 'progress', cell: this.names[i], ...p, perSecond });
    if (this.json) return;
    const name = `${this.names[i]?.variant} ${this.names[i]?.driver}`;
    const parts = [`${grouped(executions)} executions, ${grouped(perSecond)}/s`];
    if (p.traces > 0) parts.push(`${grouped(p.traces)} traces`);
    if (p.states > 0) parts.push(`${grouped(p.states)} states`);
    if (left >= 0) parts.push(`about ${grouped(left)} left`);
    parts.push(`${findings} finding${findings === 1 ? '' : 's'}`);
    this.status.show(`${name}: ${parts.join(' · ')}`);
  }

  cell(run: KeptRun, reply: SearchReply, all: boolean): void {
    this.status.clear();
    const { verdict, id } = run;
    const { orders } = reply;
    this.line({ type: 'cell', ...verdict, orders, chain: run.columns.chain.at(-1), id });
    if (this.json) return;
    printCell(run);
    if (orders.executions === 0) return;
    const { bothWays, oneWay } = orders;
    const both = bothWays.length;
    const seen = `${grouped(both + oneWay.length)} pairs of steps race, ${grouped(both)} seen in both orders`;
    console.log(dim(`    ${seen} (${grouped(orders.executions)} executions looked at)`));
    const shown = all ? oneWay : oneWay.slice(0, ORDERS_SHOWN);
    for (const o of shown) console.log(dim(`      only ${o}`));
    if (shown.length < oneWay.length) {
      console.log(dim(`      and ${oneWay.length - shown.length} more: --orders shows them`));
    }
  }

  end(): void {
    this.status.clear();
  }
}

async function explore(here: string, file: string, flags: ExploreFlags): Promise<void> {
  const script = readScript(file);
  const jobs = jobsAt(here);
  const d = await blame(file, jobs.describe(script));
  const from = resumed(flags.resume, script);
  const auto = { kind: 'auto', seed: flags.seed ?? 1, bound: DEFAULT_PREEMPTIONS } as const;
  const asked = flags.strategy === undefined && flags.preemptions === undefined;
  const strategy = (asked && from?.strategy) || (strategyOf(flags) ?? auto);
  if (from !== null && !sameStrategy(from.strategy, strategy)) {
    const kept = JSON.stringify(from.strategy);
    throw new Failure(`${flags.resume} keeps a search by ${kept}; leave the strategy out`);
  }
  const cells = from === null ? chosen(d.cells, flags) : from.cells.map((c) => c.cell);
  const runs = flags.runs ?? from?.runs ?? d.runs;
  const cores = flags.cores ?? availableParallelism();
  if (cores < 1) throw new Failure('--cores is at least 1');
  const reporter = new Reporter(cells, flags.json === true, from);
  if (flags.json) reporter.line({ type: 'start', title: d.title, strategy, runs, cores, cells });
  else console.log(`${d.title}\n`);
  const exploration = jobs.explore(script, {
    cells,
    strategy,
    runs,
    cores,
    from,
    onProgress: (i, p) => reporter.progress(i, p),
    onCell: (_i, run, reply) => reporter.cell(run, reply, flags.orders === true),
  });
  let stopped = false;
  const stop = (): void => {
    if (stopped) process.exit(130);
    stopped = true;
    exploration.stop();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const done = await blame(file, exploration.done);
  reporter.end();
  if (flags.resume !== undefined)
    writeAtomic(flags.resume, writeSearch(script, exploration.kept()));
  const runsKept = done.filter((r) => r !== null);
  if (flags.junit !== undefined) writeAtomic(flags.junit, junit(d.title, runsKept));
  const worst = runsKept.find((r) => r.verdict.verdict === 'fails');
  const kept = worst ?? runsKept[0];
  if (flags.out !== undefined && kept !== undefined) {
    await writeRun(flags.out, kept, flags.lean ?? false);
    if (!flags.json) console.log(`\nwrote ${flags.out} (${kept.cell.variant} ${kept.cell.driver})`);
  }
  reporter.line({ type: 'end', stopped });
  if (stopped && !flags.json) console.log(yellow(`\nstopped${goOn(flags.resume)}`));
  process.exitCode = worst === undefined ? 0 : 1;
}

function goOn(path: string | undefined): string {
  return path === undefined ? '' : `; the same command goes on from ${path}`;
}

/** Add `explore`. */
export function registerExplore(
  program: Command,
  here: string,
  whole: (text: string) => number,
): void {
  const command = program
    .command('explore <script>')
    .description('search an experiment with a strategy of your choice, or one that suits it');
  searchFlags(command, whole)
    .option('--cores <n>', 'processes at most (all cores)', whole)
    .option('--resume <file>', 'go on from this file if it is there, and keep the search in it')
    .option('--orders', 'print every order of racing steps that was never seen')
    .action((script: string, flags: ExploreFlags) => explore(here, script, flags));
}
