// What a search needs to see of a run beyond its decisions. A machine without an observer pays one
// test per op.
import type { Machine } from './machine';
import type { Thing } from './object';
import type { Task } from './task';

/** Sees every op of a run, in order. */
export interface Observer {
  /** An op was performed; the arguments are what was announced, `t.object` may have been filled in. */
  performed(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void;
  /** Code of the task that performed the last op has looked at something in passing, and has seen this. */
  saw?(m: Machine, value: unknown): void;
  /** The task that performed the last op has said what it does next. */
  announced(m: Machine, t: Task): void;
  /** The task that performed the last op has ended. */
  exited(m: Machine, t: Task): void;
  /** The set-up is over: everything so far comes before everything from now on. */
  barrier(m: Machine): void;
}
