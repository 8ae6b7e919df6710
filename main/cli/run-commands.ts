// `faultline run` and `faultline explore`: search the cells of a script's matrix.
import type { Command } from 'commander';
import { DEFAULT_PREEMPTIONS } from '../../preload/contract/limits';
import type { CellShape, FoundShape, KeptRun, StrategyShape } from '../../preload/contract/shapes';
import { writeBundle } from '../bundle/write';
import { STRATEGIES } from '../engine/api';
import { CREATED_BY } from '../engine-identity';
import { writeAtomic } from '../library/atomic';
import {
  blame,
  dim,
  Failure,
  green,
  jobsAt,
  ProgressLine,
  readScript,
  red,
  yellow,
} from './output';

interface RunFlags {
  variant?: string;
  driver?: string;
  seed?: number;
  runs?: number;
  preemptions?: number;
  strategy?: string;
  bound?: number;
  depth?: number;
  commutingCounts?: boolean;
  out?: string;
  lean?: boolean;
  json?: boolean;
}

/** The strategy that the flags name; null for what the command does by itself. */
function strategyOf(flags: RunFlags): StrategyShape | null {
  const seed = flags.seed ?? 1;
  const bound = flags.preemptions ?? flags.bound ?? DEFAULT_PREEMPTIONS;
  const sampled = flags.seed === undefined ? null : 'random';
  const bounded = flags.preemptions === undefined ? null : 'bounded';
  const kind = flags.strategy ?? sampled ?? bounded;
  switch (kind) {
    case null:
      return null;
    case 'auto':
      return { kind, seed, bound };
    case 'random':
    case 'urw':
    case 'pos':
      return { kind, seed };
    case 'pct':
      return { kind, seed, depth: flags.depth ?? DEFAULT_DEPTH };
    case 'bounded':
    case 'delay':
      return { kind, bound };
    case 'stateful':
      return { kind };
    case 'dpor':
      return { kind, counts: flags.commutingCounts ?? false };
    default: {
      const known = Object.keys(STRATEGIES).join(', ');
      throw new Failure(`there is no strategy "${kind}"; known: ${known}`);
    }
  }
}

/** Depth of the bugs that PCT looks for unless told otherwise. */
const DEFAULT_DEPTH = 3;

function chosen(cells: readonly CellShape[], flags: RunFlags): CellShape[] {
  const drivers = [...new Set(cells.map((c) => c.driver))];
  let left = [...cells];
  if (flags.variant !== undefined) {
    left = left.filter((c) => c.variant === flags.variant);
    if (left.length === 0) {
      left = drivers.map((driver) => ({ variant: flags.variant as string, driver }));
    }
  }
  if (flags.driver !== undefined) {
    const variants = [...new Set(left.map((c) => c.variant))];
    left = variants.map((variant) => ({ variant, driver: flags.driver as string }));
  }
  return left;
}

/** What shrinking and turning orders round has shown. */
function printWhy(f: FoundShape): void {
  if (f.shrunk !== undefined && f.shrunk.preemptions >= 0) {
    const { preemptions: p, faults, steps, minimal } = f.shrunk;
    const parts = [
      `${p} preemption${p === 1 ? '' : 's'}${minimal ? ', the fewest there are' : ''}`,
    ];
    if (faults > 0) parts.push(`${faults} fault${faults === 1 ? '' : 's'}`);
    console.log(dim(`      shrunk to ${parts.join('; ')}; ${steps} steps`));
  }
  for (const [first, second] of f.orders ?? []) {
    console.log(dim(`      needs  ${first}`));
    console.log(dim(`      before ${second}`));
  }
}

function printCell(run: KeptRun): void {
  const { verdict: v } = run;
  const name = `${v.cell.variant} ${v.cell.driver}`.padEnd(20);
  const word =
    v.verdict === 'holds'
      ? green('holds  ')
      : v.verdict === 'fails'
        ? red('FAILS  ')
        : yellow(v.verdict);
  const expected =
    v.asExpected === undefined
      ? ''
      : v.asExpected
        ? dim(' as expected')
        : yellow(` expected: ${v.expected}`);
  console.log(`${name} ${word}${expected}`);
  if (v.verdict === 'fails') {
    for (const f of v.found) {
      const at =
        f.preemptions >= 0 ? `, ${f.preemptions} preemption${f.preemptions === 1 ? '' : 's'}` : '';
      console.log(`    ${f.finding.checker}${f.finding.where ? ` in ${f.finding.where}` : ''}`);
      console.log(dim(`      ${f.finding.message}`));
      printWhy(f);
      console.log(
        dim(
          `      run ${f.firstAt.toLocaleString('en-US')} first, ${f.count.toLocaleString('en-US')} runs${at}`,
        ),
      );
    }
  }
  console.log(dim(`    ${v.coverage}`));
  const never = v.neverReached.join(', ');
  if (never !== '') console.log(dim(`    never reached: ${never}`));
}

async function runScript(
  here: string,
  file: string,
  flags: RunFlags,
  otherwise: StrategyShape | null,
): Promise<void> {
  const script = readScript(file);
  const strategy = strategyOf(flags) ?? otherwise;
  const jobs = jobsAt(here);
  const d = await blame(file, jobs.describe(script));
  if (!flags.json) console.log(`${d.title}\n`);
  const cells = chosen(d.cells, flags);
  let first: KeptRun | null = null;
  let worst: KeptRun | null = null;
  const all: unknown[] = [];
  for (const cell of cells) {
    const bar = new ProgressLine(`${cell.variant} ${cell.driver}`, flags.runs ?? d.runs);
    const run = await blame(
      file,
      jobs.search(script, cell, strategy, {
        ...(flags.runs === undefined ? {} : { runs: flags.runs }),
        onProgress: (p) => bar.update(p.executions, p.findings),
      }),
    );
    bar.done();
    first ??= run;
    if (worst === null && run.verdict.verdict === 'fails') worst = run;
    if (flags.json) all.push({ ...run.verdict, chain: run.columns.chain.at(-1), id: run.id });
    else printCell(run);
  }
  const kept = worst ?? first;
  if (flags.out !== undefined && kept !== null) {
    writeAtomic(flags.out, writeBundle(kept, CREATED_BY, { lean: flags.lean ?? false }));
    if (!flags.json) console.log(`\nwrote ${flags.out} (${kept.cell.variant} ${kept.cell.driver})`);
  }
  if (flags.json) console.log(JSON.stringify({ title: d.title, cells: all }, null, 2));
  process.exitCode = worst === null ? 0 : 1;
}

/** Add `run` and `explore`. */
export function registerRuns(
  program: Command,
  here: string,
  whole: (text: string) => number,
): void {
  for (const [name, text] of [
    ['run', 'run an experiment on every cell of its matrix, or on some'],
    ['explore', 'search an experiment with a strategy of your choice, or one that suits it'],
  ] as const) {
    const auto = { kind: 'auto', seed: 1, bound: DEFAULT_PREEMPTIONS } as const;
    const otherwise = name === 'explore' ? auto : null;
    program
      .command(`${name} <script>`)
      .description(text)
      .option('--variant <tag>', 'only this kernel variant')
      .option('--driver <name>', 'only this IOMMU driver')
      .option('--seed <n>', 'random schedules from this seed', whole)
      .option('--runs <n>', 'executions at most, per cell', whole)
      .option('--preemptions <n>', 'every schedule with at most n preemptions', whole)
      .option('--strategy <name>', Object.keys(STRATEGIES).join(', '))
      .option('--bound <n>', 'preemptions or delays at most (bounded, delay, auto)', whole)
      .option('--depth <n>', 'depth of the bugs that pct looks for', whole)
      .option('--commuting-counts', 'dpor: references that commute are not told apart')
      .option('--out <file>', 'write a bundle of the first failing cell (or the first cell)')
      .option('--lean', 'leave the evidence out of the bundle')
      .option('--json', 'machine-readable output')
      .action((script: string, flags: RunFlags) => runScript(here, script, flags, otherwise));
  }
}
