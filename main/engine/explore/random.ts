// Uniform random walk: every runnable task is equally likely at every decision.
import type { Chooser } from '../core/choice';
import { Rng } from '../core/rng';

/** Seed of the i-th run of a campaign: well spread, and the same on every machine. */
export function runSeed(seed: number, run: number): number {
  return (Math.imul(seed | 0, 0x9e3779b1) + Math.imul(run + 1, 0x85ebca77)) >>> 0;
}

/** Draws every choice from one seeded stream. */
export class RandomChooser implements Chooser {
  private readonly rng = new Rng(0);

  /** Start over with the stream of this seed. */
  reseed(seed: number): void {
    this.rng.reseed(seed);
  }

  pickTask(_runnable: unknown, n: number): number {
    return this.rng.below(n);
  }

  pickFault(options: number): number {
    return this.rng.below(options);
  }
}
