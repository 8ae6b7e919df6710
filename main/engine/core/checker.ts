// What looks at the events of a run: checkers that judge them, and the hook of injected delays.
import type { Machine } from './machine';
import type { Task } from './task';

/** Judges events. Knows the vocabulary and core, never a kernel function. */
export interface Checker {
  readonly name: string;
  /** Op kinds it wants to see; empty for one that only looks at the end. */
  readonly kinds: readonly string[];
  /**
   * What it keeps of the run so far and judges later ops by; a state is not the same without it.
   * None for one that keeps nothing.
   */
  remembers?(): unknown;
  /** It judges the order of steps as such, which no state can stand for. */
  readonly judgesOrder?: boolean;
  /**
   * What it keeps of the run so far, to be put back: called after the set-up of a world, gives what makes it so
   * again (`saved-world.ts`). Null for one that keeps nothing.
   */
  save(): (() => void) | null;
  /** Called before a run. */
  reset(m: Machine): void;
  /** Called after an op of one of `kinds` was performed. */
  after?(m: Machine, t: Task, result: unknown): void;
  /** Called when a task announces an op that cannot be performed at once. */
  blocked?(m: Machine, t: Task): void;
  /** Called when nothing can run any more and no fatal finding stopped the run. */
  end?(m: Machine): void;
}

/** A checker's hook behind ops, in a shape that all of them have: it is called at nearly every step. */
export class Watch {
  /** Has it judged anything since this was last cleared? */
  reached = false;
  constructor(
    readonly name: string,
    readonly after: (m: Machine, t: Task, result: unknown) => void,
  ) {}
}

/** A delay asked for at a named step (`faults/delay.ts`). */
export interface DelayHook {
  /** ns to wait before the announced op, or -1. Called once per announcement. */
  before(t: Task): number;
  /** ns to wait after the op just performed, or -1. */
  after(t: Task): number;
}

const NOTHING: ReadonlyMap<object, readonly unknown[]> = new Map();

/** What `remembers` tells of a list: of things that are different ones, which came first says how a state was reached. */
export function ofEach<T>(
  list: readonly T[],
  thing: (x: T) => object,
  kept: (x: T) => unknown,
): ReadonlyMap<object, readonly unknown[]> {
  if (list.length === 0) return NOTHING;
  const out = new Map<object, unknown[]>();
  for (const x of list) {
    const of = thing(x);
    const mine = out.get(of);
    if (mine === undefined) out.set(of, [kept(x)]);
    else mine.push(kept(x));
  }
  return out;
}
