// Does a bundle reproduce? The claim is replayed (by whoever calls: never by opening) and compared
// with what the bundle says happened, event by event.
import type { KeptRun, RunColumns } from '../../preload/contract/shapes';
import { eventLabel } from '../timeline/labels';

export interface VerifyResult {
  readonly reproduced: boolean;
  /** First step that differs; 0 when none does, or when it cannot be known. */
  readonly step: number;
  readonly sentence: string;
}

function describe(run: RunColumns, i: number): string {
  if (i >= run.events) return 'nothing';
  return `${run.tasks[run.task[i] as number]?.name ?? '?'}: ${eventLabel(run, i)}`;
}

/**
 * Compare a bundle's run with its replay.
 * @param divergedAt decision that did not fit, or -1
 * @param engine identity of the engine that replayed
 */
export function compareRuns(
  claimed: KeptRun,
  replayed: RunColumns,
  divergedAt: number,
  engine: string,
): VerifyResult {
  const made =
    claimed.engine === engine ? '' : ` (made by engine ${claimed.engine}, replayed on ${engine})`;
  const c = claimed.columns;
  if (c.chain.at(-1) === replayed.chain.at(-1) && divergedAt < 0) {
    const n = replayed.events;
    return {
      reproduced: true,
      step: 0,
      sentence: `reproduced: all ${n} events are the same${made}`,
    };
  }
  if (c.events === 0) {
    return {
      reproduced: false,
      step: 0,
      sentence: `not reproduced: the chain hash differs${made}; a lean bundle cannot say where`,
    };
  }
  const n = Math.max(c.events, replayed.events);
  for (let i = 0; i < n; i++) {
    const a = describe(c, i);
    const b = describe(replayed, i);
    if (a === b && c.scriptLine[i] === replayed.scriptLine[i] && c.time[i] === replayed.time[i]) {
      continue;
    }
    return {
      reproduced: false,
      step: i + 1,
      sentence: `not reproduced${made}: diverges at #${i + 1}: the bundle has "${a}", the replay "${b}"`,
    };
  }
  return {
    reproduced: false,
    step: 0,
    sentence: `not reproduced${made}: the events look the same, but the recorded chain hash differs`,
  };
}
