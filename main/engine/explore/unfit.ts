// What a strategy cannot search.
import type { Machine } from '../core/machine';
import type { Strategy } from './search';

/** A strategy cannot be used for what it was asked to search. */
export class UnfitStrategy extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'UnfitStrategy';
  }
}

/**
 * Why a strategy cannot search a machine; empty when it can. Traces and states leave time out, and a
 * state leaves out the order that led to it.
 */
export function unfit(m: Machine, kind: Strategy['kind']): string {
  const reduces = kind === 'dpor' || kind === 'stateful';
  if (reduces && m.options.timed) {
    return `"${kind}" cannot search an experiment with "timed": the clock orders its steps; use "bounded"`;
  }
  const judge = m.checkers.find((c) => c.judgesOrder);
  if (kind === 'stateful' && judge !== undefined) {
    return `"stateful" cannot look for data races ("kcsan"): they are in the order of steps; use "dpor"`;
  }
  return '';
}
