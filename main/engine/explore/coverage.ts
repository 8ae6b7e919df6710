// Says in a sentence what a search has covered. Never more than was done.
import type { Coverage, Strategy } from './search';

/** Digits in groups of three; no locale, so that the text is the same everywhere. */
export function grouped(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

const SAMPLES: Readonly<Record<string, string>> = {
  random: 'random schedules',
  urw: 'schedules of a uniform random walk',
  pos: 'samples of partial orders',
};

function plural(n: number, what: string): string {
  return `${grouped(n)} ${what}${n === 1 ? '' : 's'}`;
}

function samples(what: string, seed: number, c: Coverage): string {
  const traces = c.traces < 0 ? '' : `, ${plural(c.traces, 'different trace')}`;
  return `${grouped(c.executions)} ${what} (seed ${seed})${traces}`;
}

function within(c: Coverage, what: string): string {
  const n = grouped(c.executions);
  if (c.complete) return `all ${plural(c.schedules, 'schedule')}`;
  if (c.exhausted) {
    return `all schedules with at most ${plural(c.boundDone, what)} (${n} executions)`;
  }
  const done =
    c.boundDone < 0 ? 'none of the bounds' : `all with at most ${plural(c.boundDone, what)}`;
  return `${n} executions, ${done}, then out of budget`;
}

/** All of them, or some and a reason why not all. */
function all(n: number, what: string, c: Coverage): string {
  if (c.complete) return `all ${plural(n, what)}`;
  if (!c.exhausted) return `${plural(n, what)}, then out of budget`;
  if (c.guessed)
    return `${plural(n, what)}, perhaps not all: tasks of the script share variables of its own, which no search can see`;
  return `${plural(n, what)}; ${plural(c.tooLong, 'run')} went on beyond the step limit`;
}

/** Sentence that says what was covered. */
export function coverageText(strategy: Strategy, c: Coverage): string {
  switch (strategy.kind) {
    case 'bounded':
      return within(c, 'preemption');
    case 'delay':
      return within(c, 'delay');
    case 'dpor': {
      const note = strategy.counts ? ' (references that commute count once)' : '';
      return all(c.traces, 'trace', c) + note;
    }
    case 'stateful':
      return all(c.states, 'state', c);
    case 'pct':
      return samples(`samples by PCT with depth ${strategy.depth}`, strategy.seed, c);
    case 'auto':
      return autoText(strategy.seed, c);
    default:
      return samples(SAMPLES[strategy.kind] as string, strategy.seed, c);
  }
}

function autoText(seed: number, c: Coverage): string {
  if (c.states >= 0 && c.complete) return all(c.states, 'state', c);
  if (c.complete && c.boundDone < 0) return all(c.traces, 'trace', c);
  if (c.traces < 0) return within(c, 'preemption');
  const bounds =
    c.boundDone < 0 ? '' : `all schedules with at most ${plural(c.boundDone, 'preemption')}, and `;
  return `${bounds}${grouped(c.schedules)} samples by PCT with depth 3 (seed ${seed}), ${plural(c.traces, 'different trace')}`;
}
