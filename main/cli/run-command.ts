// `faultline run`: search the cells of a script's matrix as the script asks for, and keep a run.
import type { Command } from 'commander';
import type { KeptRun } from '../../preload/contract/shapes';
import { junit } from '../export/junit';
import { writeAtomic } from '../library/atomic';
import { chosen, printCell, type SearchFlags, searchFlags, strategyOf } from './cells';
import { blame, jobsAt, ProgressLine, readScript, writeRun } from './output';

async function runScript(here: string, file: string, flags: SearchFlags): Promise<void> {
  const script = readScript(file);
  const strategy = strategyOf(flags);
  const jobs = jobsAt(here);
  const d = await blame(file, jobs.describe(script));
  if (!flags.json) console.log(`${d.title}\n`);
  const cells = chosen(d.cells, flags);
  let first: KeptRun | null = null;
  let worst: KeptRun | null = null;
  const all: unknown[] = [];
  const runs: KeptRun[] = [];
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
    runs.push(run);
    first ??= run;
    if (worst === null && run.verdict.verdict === 'fails') worst = run;
    if (flags.json) all.push({ ...run.verdict, chain: run.columns.chain.at(-1), id: run.id });
    else printCell(run);
  }
  if (flags.junit !== undefined) writeAtomic(flags.junit, junit(d.title, runs));
  const kept = worst ?? first;
  if (flags.out !== undefined && kept !== null) {
    await writeRun(flags.out, kept, flags.lean ?? false);
    if (!flags.json) console.log(`\nwrote ${flags.out} (${kept.cell.variant} ${kept.cell.driver})`);
  }
  if (flags.json) console.log(JSON.stringify({ title: d.title, cells: all }, null, 2));
  process.exitCode = worst === null ? 0 : 1;
}

/** Add `run`. */
export function registerRun(program: Command, here: string, whole: (text: string) => number): void {
  const command = program
    .command('run <script>')
    .description('run an experiment on every cell of its matrix, or on some');
  searchFlags(command, whole).action((script: string, flags: SearchFlags) =>
    runScript(here, script, flags),
  );
}
