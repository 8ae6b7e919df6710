// `faultline race`: the race diagram of a bundle with columns, range and heading of one's own, and back again.
import type { Command } from 'commander';
import { raceOf } from '../export/race-order';
import { readRace } from '../export/race-read';
import { eventLabel } from '../timeline/labels';
import { dim, Failure, openBundle, readScript, withEvents } from './output';

interface RaceFlags {
  by: string;
  columns?: string;
  from?: number;
  until?: number;
  read?: string;
}

async function race(here: string, file: string, flags: RaceFlags): Promise<void> {
  const { by } = flags;
  if (by !== 'task' && by !== 'cpu') throw new Failure(`--by is task or cpu, not "${by}"`);
  const run = await withEvents(here, file, openBundle(file));
  const told = <T>(work: () => T): T => {
    try {
      return work();
    } catch (e) {
      throw new Failure((e as Error).message);
    }
  };
  if (flags.read !== undefined) {
    const text = readScript(flags.read);
    const { order, strangers } = told(() => readRace(run, text));
    for (const s of order.steps) {
      const task = run.columns.tasks[run.columns.task[s - 1] as number]?.name ?? '';
      console.log(`#${s}  ${task}: ${eventLabel(run.columns, s - 1)}`);
    }
    for (const s of strangers) console.log(dim(`line ${s.line} fits no step: ${s.text}`));
    process.exitCode = strangers.length > 0 || order.steps.length === 0 ? 1 : 0;
    return;
  }
  const columns = flags.columns?.split(',').map((c) => c.trim()) ?? null;
  const from = flags.from ?? 1;
  const to = flags.until ?? run.columns.events;
  const range = flags.from === undefined && flags.until === undefined ? null : { from, to };
  process.stdout.write(told(() => raceOf(run, { by, columns, steps: null, range })).text);
}

/** Add `race`. */
export function registerRace(
  program: Command,
  here: string,
  whole: (text: string) => number,
): void {
  program
    .command('race <bundle>')
    .description(
      'the race diagram of a bundle, with other columns or of other steps; or read one back',
    )
    .option('--by <what>', 'columns are tasks (task), or CPUs and devices (cpu)', 'task')
    .option('--columns <names>', 'these columns, from the left, with commas between them')
    .option('--from <step>', 'from this step on', whole)
    .option('--until <step>', 'up to this step', whole)
    .option('--read <diagram>', 'print the steps that the diagram in this file shows')
    .action((file: string, flags: RaceFlags) => race(here, file, flags));
}
