// Campaigns of the window: many cells on all cores, stopped and gone on with.
import { availableParallelism } from 'node:os';
import { type CampaignCell, type CampaignOrder, waitingCell } from '../../preload/contract/calls';
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
export function stoppedSearch(
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

/**
 * Search cells on all cores.
 * @param tell gets the state of all cells now and then
 * @param keep keeps the run of a cell that is done
 * @returns the cells as they are when all are done, or when it was stopped
 */
export async function campaign(
  jobs: Jobs,
  library: Library,
  order: CampaignOrder,
  signal: AbortSignal,
  keep: (run: KeptRun) => void,
  tell: (cells: readonly CampaignCell[]) => void,
): Promise<readonly CampaignCell[]> {
  const { script, strategy, runs } = order;
  const key = keyOf(script, strategy);
  const from = order.resume ? stoppedSearch(library, script, strategy) : null;
  const wanted = from === null ? order.cells : from.cells.map((c) => c.cell);
  const cells: CampaignCell[] = wanted.map(waitingCell);
  let last = 0;
  const show = (now: boolean): void => {
    const time = performance.now();
    if (!now && time - last < TELL_EVERY) return;
    last = time;
    tell([...cells]);
  };
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
        left: 0,
        found: reply.found.map((f) => f.finding.message),
        verdict: run.verdict,
        runId: run.id,
        orders: reply.orders.executions === 0 ? null : reply.orders,
      };
      show(true);
    },
  });
  signal.addEventListener('abort', () => exploration.stop());
  if (signal.aborted) exploration.stop();
  show(true);
  await exploration.done;
  library.saveSearch(key, signal.aborted ? writeSearch(script, exploration.kept()) : '');
  return cells;
}
