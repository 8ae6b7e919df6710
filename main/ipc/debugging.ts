// The debugger of a window: it stands where the window stands, and takes the window with it.
import type { DebugReply } from '../../preload/contract/calls';
import type { CellShape, KeptRun } from '../../preload/contract/shapes';
import { type DebugLab, DebugSession } from '../debugger/session';
import { VARIANTS } from '../engine/api';
import type { Jobs } from '../runner/jobs';
import type { RunnerOptions } from '../runner/runner-host';
import type { KeptRuns } from './kept-runs';
import { exported } from './sharing';

/** What a debugger's `run` searches. */
export interface Subject {
  readonly script: string;
  readonly cell: CellShape;
}

/**
 * What the lab does for a debugger, by jobs whose runs are kept.
 * @param subject what there is to run; null while nothing is
 * @param long does something long: the window can cancel it
 */
export function debugLab(
  jobs: Jobs,
  runs: KeptRuns,
  subject: () => Subject | null,
  long: (work: (o: RunnerOptions) => Promise<KeptRun>) => Promise<KeptRun>,
): DebugLab {
  return {
    async search(cell) {
      const what = subject();
      if (what === null) throw new Error('nothing to run yet: open a script first');
      const run = await long((o) => jobs.search(what.script, cell ?? what.cell, null, o));
      return runs.keep(run).recorded;
    },
    fork: async (run, change) =>
      runs.keep(await long((o) => jobs.fork(run, change, o)), { parent: run.id }).recorded,
    transfer: async (run, variant) =>
      runs.keep(await long((o) => jobs.transfer(run, variant, o)), { parent: run.id }).recorded,
    export: async (run, name) => new TextDecoder().decode((await exported(run, name)).bytes),
    runs: () => runs.list(),
    variants: () => VARIANTS.map((v) => v.tag),
  };
}

/** One window's debugger. */
export class WindowDebugger {
  private readonly session: DebugSession;

  constructor(
    lab: DebugLab,
    private readonly runs: KeptRuns,
  ) {
    this.session = new DebugSession(lab);
  }

  private stand(runId: string, step: number): KeptRun | null {
    if (runId === '') return null;
    const { recorded } = this.runs.get(runId);
    this.session.show(recorded, step);
    return recorded.run;
  }

  /** Carry out a line at a step of a run. */
  async command(line: string, runId: string, step: number): Promise<DebugReply> {
    const before = this.stand(runId, step);
    const lines = await this.session.command(line);
    const now = this.session.recorded?.run ?? null;
    const run = now === null || now.id === before?.id ? null : this.runs.summary(now.id);
    return { lines, run, step: this.session.step };
  }

  complete(line: string, runId: string, step: number): string[] {
    this.stand(runId, step);
    try {
      return this.session.complete(line);
    } catch {
      return [];
    }
  }
}
