// `faultline diff a b`: two bundles beside each other.
import type { Command } from 'commander';
import type { ComparedStep, KeptRun } from '../../preload/contract/shapes';
import { compare } from '../timeline/compare';
import { dim, green, openBundle, withEvents, yellow } from './output';

/** Steps without a counterpart that are printed. */
const SHOWN = 10;

function stepText(s: ComparedStep | null): string {
  return s === null ? 'nothing: the run is over' : `#${s.step} ${s.task} in ${s.fn}: ${s.text}`;
}

function list(name: string, steps: readonly ComparedStep[]): void {
  if (steps.length === 0) return;
  console.log(`only in ${name}: ${steps.length} steps`);
  for (const s of steps.slice(0, SHOWN)) console.log(dim(`  ${stepText(s)}`));
  if (steps.length > SHOWN) console.log(dim(`  and ${steps.length - SHOWN} more`));
}

async function diff(here: string, a: string, b: string, flags: { json?: boolean }): Promise<void> {
  const one = await withEvents(here, a, openBundle(a));
  const other = await withEvents(here, b, openBundle(b));
  const c = compare(one.columns, other.columns);
  const same = c.parting === null && c.state === null;
  process.exitCode = same ? 0 : 1;
  if (flags.json) {
    const names = [one, other].map((r) => ({ title: r.title, cell: r.cell, engine: r.engine }));
    console.log(JSON.stringify({ same, runs: names, ...c }, null, 1));
    return;
  }
  const about = (r: KeptRun): string => `${r.title}, ${r.cell.variant} ${r.cell.driver}`;
  console.log(`a: ${about(one)}`);
  console.log(`b: ${about(other)}`);
  if (same) {
    console.log(green(`the same ${one.columns.events} steps`));
    return;
  }
  console.log(`${c.pairs.length} steps belong together`);
  if (c.parting !== null) {
    console.log(yellow('the runs part at'));
    console.log(`  a ${stepText(c.parting.a)}`);
    console.log(`  b ${stepText(c.parting.b)}`);
  }
  if (c.state !== null) {
    console.log(yellow('the first different state'));
    console.log(`  a ${stepText(c.state.a)}: ${c.state.was[0] || 'changes nothing'}`);
    console.log(`  b ${stepText(c.state.b)}: ${c.state.was[1] || 'changes nothing'}`);
  }
  list('a', c.onlyA);
  list('b', c.onlyB);
}

/** Add `diff`. */
export function registerDiff(program: Command, here: string): void {
  program
    .command('diff <a> <b>')
    .description('compare two bundles step by step; 0 when they are the same, 1 when not')
    .option('--json', 'machine-readable output')
    .action((a: string, b: string, flags: { json?: boolean }) => diff(here, a, b, flags));
}
