// Searches of one experiment held against each other: what one of them has exhausted holds every finding that another met.
import { performance } from 'node:perf_hooks';
import { Campaign, type Coverage, type Program, type Strategy, unfit } from '../../main/engine/api';
import type { Experiment } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';

export interface Result {
  readonly name: string;
  readonly coverage: Coverage;
  readonly found: ReadonlySet<string>;
  readonly ms: number;
}

/** Search a cell; null where the strategy does not suit the experiment. */
export function searched(
  e: Experiment,
  program: Program,
  strategy: Strategy,
  budget: number,
): Result | null {
  const m = machineFor(e);
  if (unfit(m, strategy.kind) !== '') return null;
  const c = new Campaign(m, program, { strategy, budget });
  const start = performance.now();
  while (!c.slice(1000)) {}
  const found = new Set(c.findings().map((f) => f.finding.identity));
  const { coverage } = c;
  return { name: JSON.stringify(strategy), coverage, found, ms: performance.now() - start };
}

/** One line for everything that does not fit together. */
export function differences(results: readonly Result[]): string[] {
  const out: string[] = [];
  for (const whole of results) {
    if (!whole.coverage.complete) continue;
    for (const other of results) {
      for (const id of other.found) {
        if (!whole.found.has(id))
          out.push(`${whole.name} is complete without ${id} of ${other.name}`);
      }
    }
  }
  return out;
}
