// The campaign: the open script on many cells and all cores, watched, stopped, gone on with.
import type { StrategyShape } from '../../preload/contract/shapes';
import { calls, guarded, hearCampaign, withJob } from './lab';
import { show } from './runs';
import { checked } from './scripts';
import { big, scriptText, session } from './session';

let job = '';
hearCampaign((name, cells) => {
  if (name === job) big.campaign = cells;
});

/** Search cells; resolves when all are done or it was stopped. */
export async function explore(
  strategy: StrategyShape,
  seeds: readonly number[],
  runs: number,
  only: readonly { variant: string; driver: string }[],
  resume: boolean,
): Promise<void> {
  await checked();
  if (big.check.problem) return;
  const cells = only.map(({ variant, driver }) => ({ variant, driver }));
  await withJob('campaign', async (name) => {
    job = name;
    const script = scriptText();
    big.campaign = await calls.explore(name, { script, cells, strategy, seeds, runs, resume });
  });
}

/** Is there a stopped search of the open script to go on with? */
export function resumable(strategy: StrategyShape, seeds: readonly number[]): Promise<boolean> {
  return calls.resumable(scriptText(), strategy, seeds);
}

/** Show the run that stands for a cell. */
export async function openCell(runId: string): Promise<void> {
  await guarded(async () => {
    const known = session.runs.find((r) => r.id === runId);
    await show(known ?? (await calls.view(runId, null)).summary);
  });
}
