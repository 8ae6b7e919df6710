// Campaigns of the window: many cells on all cores, stopped and gone on with.
import { availableParallelism } from 'node:os';
import {
  type CampaignCell,
  type CampaignOrder,
  seeded,
  waitingCell,
} from '../../preload/contract/calls';
import type { KeptRun, StrategyShape } from '../../preload/contract/shapes';
import { sha256 } from '../bundle/digests';
import type { Library } from '../library/library';
import type { Jobs } from '../runner/jobs';
import { readSearch, type SavedSearch, writeSearch } from '../runner/search-file';

/** Milliseconds between two pictures of a campaign. */
const TELL_EVERY = 100;

/** Name of a search in the library: of this script by this strategy. */
function keyOf(script: string, strategy: StrategyShape): string {
  return sha256(`${sha256(script)} ${JSON.stringify(strategy)}`).slice(0, 16);
}

/** The stopped search of a script, or null; one that does not fit any more is none. */
function stoppedSearch(
  library: Library,
  script: string,
  strategy: StrategyShape,
): SavedSearch | null {
  const text = library.search(keyOf(script, strategy));
  if (text === '') return null;
  try {
    return readSearch(text, script);
  } catch {
    return null;
  }
}

/** Is there a stopped search of this script, strategy and one of these seeds? */
export function resumable(
  library: Library,
  script: string,
  strategy: StrategyShape,
  seeds: readonly number[],
): boolean {
  return seeded(strategy, seeds).some((s) => stoppedSearch(library, script, s) !== null);
}

/** What a campaign tells while it goes on. */
export interface CampaignListener {
  /** Keeps the run of a cell that is done. */
  keep(run: KeptRun): void;
  /** Gets the state of all cells now and then. */
  tell(cells: readonly CampaignCell[]): void;
}

/**
 * Search cells on all cores, with one seed after the other.
 * @returns the cells as they are when all are done, or when it was stopped
 */
export async function campaign(
  jobs: Jobs,
  library: Library,
  order: CampaignOrder,
  signal: AbortSignal,
  { keep, tell }: CampaignListener,
): Promise<readonly CampaignCell[]> {
  const { script, runs } = order;
  const searches = seeded(order.strategy, order.seeds).map((strategy) => {
    const from = order.resume ? stoppedSearch(library, script, strategy) : null;
    const cells = from === null ? order.cells : from.cells.map((c) => c.cell);
    return { strategy, from, cells };
  });
  const all: CampaignCell[][] = searches.map(({ strategy, cells }) =>
    cells.map((cell) => waitingCell(cell, strategy, runs)),
  );
  let last = 0;
  const show = (now: boolean): void => {
    const time = performance.now();
    if (!now && time - last < TELL_EVERY) return;
    last = time;
    tell(all.flat());
  };
  show(true);
  const kept: { strategy: StrategyShape; text: string }[] = [];
  for (const [n, { strategy, from, cells: wanted }] of searches.entries()) {
    if (signal.aborted) break;
    const cells = all[n] as CampaignCell[];
    const exploration = jobs.explore(script, {
      cells: wanted,
      strategy,
      runs,
      cores: availableParallelism(),
      from,
      onProgress: (i, p) => {
        cells[i] = { ...(cells[i] as CampaignCell), state: 'running', ...p };
        show(false);
      },
      onCell: (i, run, reply) => {
        keep(run);
        cells[i] = {
          ...(cells[i] as CampaignCell),
          state: 'done',
          executions: reply.executions,
          traces: reply.traces,
          states: reply.states,
          // How much is left of one that was stopped, nobody knows.
          left: signal.aborted ? -1 : 0,
          found: reply.found.map((f) => f.finding.identity),
          verdict: run.verdict,
          runId: run.id,
          orders: reply.orders.executions === 0 ? null : reply.orders,
        };
        show(true);
      },
    });
    const stop = (): void => exploration.stop();
    signal.addEventListener('abort', stop);
    await exploration.done;
    signal.removeEventListener('abort', stop);
    kept.push({ strategy, text: writeSearch(script, exploration.kept()) });
  }
  // Stopped: what is done of every seed is kept, so that none of it is done again. Over: nothing is.
  for (const { strategy, text } of kept) {
    library.saveSearch(keyOf(script, strategy), signal.aborted ? text : '');
  }
  return all.flat();
}
