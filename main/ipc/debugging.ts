// The debugger of a window: it stands where the window stands, and takes the window with it.
import type { DebugReply } from '../../preload/contract/calls';
import type { KeptRun } from '../../preload/contract/shapes';
import { type DebugLab, DebugSession } from '../debugger/session';
import type { KeptRuns } from './kept-runs';

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
