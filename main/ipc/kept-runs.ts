// The runs of a session, the newest last, each with what is worked out from it.
import type { RunSummary } from '../../preload/contract/calls';
import type { KeptRun, OpinionShape } from '../../preload/contract/shapes';
import { sha256 } from '../bundle/digests';
import { Recorded } from '../timeline/recorded';
import { scriptByDigest } from './texts';

/** One kept run. */
export interface Kept {
  readonly recorded: Recorded;
  readonly fromBundle: boolean;
  readonly parent: string;
  readonly opinion: OpinionShape | null;
  /** How long it took to be made, ms of wall clock; -1 where nobody knows. */
  readonly tookMs: number;
}

/** Runs kept in memory at once; the oldest goes first. */
const MAX_RUNS = 64;

/** Keeps runs by their id. */
export class KeptRuns {
  private readonly runs = new Map<string, Kept>();

  /** @throws Error when the run is not kept any more */
  get(id: string): Kept {
    const k = this.runs.get(id);
    if (k === undefined) throw new Error('this run is not kept any more; run it again');
    return k;
  }

  run(id: string): KeptRun {
    return this.get(id).recorded.run;
  }

  /** Keep a run; one that is the same takes its place. */
  keep(run: KeptRun, more: Partial<Omit<Kept, 'recorded'>> = {}): Kept {
    const kept: Kept = {
      recorded: new Recorded(run),
      fromBundle: more.fromBundle ?? false,
      parent: more.parent ?? '',
      opinion: more.opinion ?? null,
      tookMs: more.tookMs ?? -1,
    };
    this.runs.delete(run.id);
    this.runs.set(run.id, kept);
    for (const old of this.runs.keys()) {
      if (this.runs.size <= MAX_RUNS) break;
      this.runs.delete(old);
    }
    return kept;
  }

  /** All of them, the newest first. */
  list(): Recorded[] {
    return [...this.runs.values()].map((k) => k.recorded).reverse();
  }

  summary(id: string): RunSummary {
    const { recorded, fromBundle, parent, tookMs } = this.get(id);
    const { title, cell, verdict, origin, columns, script, strategy } = recorded.run;
    const shipped = scriptByDigest(sha256(script)) !== null;
    const events = columns.events;
    const shown = { id, title, cell, verdict, events, origin, fromBundle, shipped, parent };
    return { ...shown, strategy, tookMs };
  }
}
