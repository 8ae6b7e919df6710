// What `run` and `explore` share: the strategy and the cells that the flags name, and how the verdict on
// a cell is printed.
import type { Command } from 'commander';
import { DEFAULT_PREEMPTIONS } from '../../preload/contract/limits';
import type { CellShape, FoundShape, KeptRun, StrategyShape } from '../../preload/contract/shapes';
import { grouped, STRATEGIES } from '../engine/api';
import { dim, Failure, green, red, yellow } from './output';

/** Flags of both commands. */
export interface SearchFlags {
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
  junit?: string;
  json?: boolean;
}

/** The strategy that the flags name; null for what the command does by itself. */
export function strategyOf(flags: SearchFlags): StrategyShape | null {
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

/** The cells that the flags leave. */
export function chosen(cells: readonly CellShape[], flags: SearchFlags): CellShape[] {
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

/** Findings with one cause are one bug, whatever the schedules that met them. */
function byCause(found: readonly FoundShape[]): FoundShape[][] {
  const groups = new Map<string, FoundShape[]>();
  for (const f of found) {
    const key = f.cause ?? f.finding.identity;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [f]);
    else group.push(f);
  }
  return [...groups.values()];
}

function headline({ finding: f }: FoundShape): string {
  return `${f.checker}${f.where ? ` in ${f.where}` : ''}`;
}

function printGroup([first, ...others]: FoundShape[]): void {
  if (first === undefined) return;
  const { preemptions: p } = first;
  const at = p >= 0 ? `, ${p} preemption${p === 1 ? '' : 's'}` : '';
  console.log(`    ${headline(first)}`);
  console.log(dim(`      ${first.finding.message}`));
  printWhy(first);
  console.log(dim(`      run ${grouped(first.firstAt)} first, ${grouped(first.count)} runs${at}`));
  for (const f of others) console.log(dim(`      the same cause: ${headline(f)}`));
}

/** Print the verdict on a cell. */
export function printCell(run: KeptRun): void {
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
  for (const group of byCause(v.found)) printGroup(group);
  console.log(dim(`    ${v.coverage}`));
  const never = v.neverReached.join(', ');
  if (never !== '') console.log(dim(`    never reached: ${never}`));
}

/** Add the flags that both commands know. */
export function searchFlags(command: Command, whole: (text: string) => number): Command {
  return command
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
    .option('--junit <file>', 'write the verdicts as JUnit XML for continuous integration')
    .option('--json', 'machine-readable output');
}
