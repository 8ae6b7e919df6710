// `faultline diff a b`: two bundles beside each other.
import type { Command } from 'commander';
import type { ComparedStep, KeptRun } from '../../preload/contract/shapes';
import { compare } from '../timeline/compare';
import { blame, dim, green, jobsAt, openBundle, yellow } from './output';

/** Steps without a counterpart that are printed. */
const SHOWN = 10;

/** A lean bundle has no events: they are rebuilt, confined. */
async function whole(here: string, file: string): Promise<KeptRun> {
  const { run, hasEvidence } = openBundle(file);
  return hasEvidence ? run : (await blame(file, jobsAt(here).verify(run))).run;
}

function shown(s: ComparedStep | null): string {
  return s === null ? 'nothing: the run is over' : `#${s.step} ${s.task} in ${s.fn}: ${s.text}`;
}

function list(name: string, steps: readonly ComparedStep[]): void {
  if (steps.length === 0) return;
  console.log(`only in ${name}: ${steps.length} steps`);
  for (const s of steps.slice(0, SHOWN)) console.log(dim(`  ${shown(s)}`));
  if (steps.length > SHOWN) console.log(dim(`  and ${steps.length - SHOWN} more`));
}

async function diff(here: string, a: string, b: string, flags: { json?: boolean }): Promise<void> {
  const [one, other] = [await whole(here, a), await whole(here, b)];
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
    console.log(`  a ${shown(c.parting.a)}`);
    console.log(`  b ${shown(c.parting.b)}`);
  }
  if (c.state !== null) {
    console.log(yellow('the first different state'));
    console.log(`  a ${shown(c.state.a)}: ${c.state.was[0] || 'changes nothing'}`);
    console.log(`  b ${shown(c.state.b)}: ${c.state.was[1] || 'changes nothing'}`);
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
