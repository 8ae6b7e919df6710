// `faultline debug`: the debugger of the lab's console in a real terminal, on a script or a bundle.
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import type { KeptRun } from '../../preload/contract/shapes';
import { DebugSession } from '../debugger/session';
import { debugLab, type Subject } from '../ipc/debugging';
import { KeptRuns } from '../ipc/kept-runs';
import type { Jobs } from '../runner/jobs';
import { chosen } from './cells';
import { blame, dim, Failure, jobsAt, openBundle, readScript, verified } from './output';

interface DebugFlags {
  variant?: string;
  driver?: string;
  yes?: boolean;
}

/** What is debugged: a script, where it runs, and the run to begin with. */
type Begun = Subject & { readonly first: KeptRun };

async function begin(jobs: Jobs, file: string, flags: DebugFlags): Promise<Begun> {
  if (!file.endsWith('.ts')) {
    const { run, hasEvidence } = openBundle(file);
    // A lean bundle has no events: they are rebuilt, which executes its script, confined.
    if (!hasEvidence && flags.yes !== true) {
      throw new Failure(`${file} holds no events; --yes replays its script (confined) to get them`);
    }
    const first = hasEvidence ? run : (await verified(jobs, file, run)).run;
    return { script: run.script, cell: run.cell, first };
  }
  const script = readScript(file);
  const d = await blame(file, jobs.describe(script));
  const cell = chosen(d.cells, flags)[0];
  if (cell === undefined) throw new Failure('the script has no such cell');
  console.log(dim(`searching ${cell.variant} ${cell.driver} …`));
  return { script, cell, first: await blame(file, jobs.search(script, cell, null)) };
}

async function debug(here: string, file: string, flags: DebugFlags): Promise<void> {
  const jobs = jobsAt(here);
  const subject = await begin(jobs, file, flags);
  const runs = new KeptRuns();
  const session = new DebugSession(
    debugLab(
      jobs,
      runs,
      () => subject,
      (work) => work({}),
    ),
  );
  session.show(runs.keep(subject.first).recorded);
  console.log(`${subject.first.title}: ${subject.first.verdict.sentence}`);
  for (const l of await session.command('info')) console.log(l);
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: '(lab) ',
    completer: (line: string): [string[], string] => {
      const last = line.trimStart().split(/\s+/).at(-1) ?? '';
      return [session.complete(line), last];
    },
  });
  terminal.prompt();
  for await (const line of terminal) {
    if (/^\s*(q|quit|exit)\s*$/.test(line)) break;
    for (const l of await session.command(line)) console.log(l);
    terminal.prompt();
  }
  terminal.close();
}

/** Add `debug`. */
export function registerDebug(program: Command, here: string): void {
  program
    .command('debug <file>')
    .description('a debugger on a script or a bundle: step, back, break, watch, why, fork, …')
    .option('--variant <tag>', 'kernel variant; the first of the script by default')
    .option('--driver <name>', 'IOMMU driver')
    .option('--yes', 'replay a bundle without events; executes its script, confined')
    .action((file: string, flags: DebugFlags) => debug(here, file, flags));
}
