// How ops are performed, and when they can be: tables by kind of op, filled by the primitives and the
// hardware when they are loaded.
import type { Machine } from './machine';
import { type Gate, OPEN, type Task } from './task';
import { KINDS, kindId } from './vocabulary';

export { OPEN };

/** Carries out an announced op and returns what the task's `yield*` gives. */
export type Performer = (m: Machine, t: Task) => unknown;
/** Can the announced op be performed now? */
export type Ready = (m: Machine, t: Task) => boolean;

export const performers: Performer[] = [];
export const readiness: (Ready | null)[] = KINDS.map(() => null);
export const needsObject = KINDS.map((k) => k.access !== 'none');
export const costs = Float64Array.from(KINDS, (k) => k.costNs);

/** Say how ops of a kind are performed; each primitive does this once, when it is loaded. */
export function performer(name: string, perform: Performer, ready: Ready | null = null): number {
  const id = kindId(name);
  performers[id] = perform;
  readiness[id] = KINDS[id]?.blocking ? ready : null;
  return id;
}

/** Ready when nobody holds what the op names: what most waits are, so that the machine knows this one. */
export const unheld: Ready = (_m, t) =>
  t.object === null || (t.object as unknown as Gate).owner === null;

/** In front of an op that must be asked whether it can be performed. */
export const ASK: Gate = { owner: {} };

/** What keeps a task from its announced op. */
export function gateOf(t: Task): Gate {
  const f = readiness[t.kind] as Ready | null;
  if (f === null) return OPEN;
  if (f !== unheld) return ASK;
  return t.object === null ? OPEN : (t.object as unknown as Gate);
}

/** Can task `t` perform its announced op now? */
export function isReady(m: Machine, t: Task): boolean {
  const { gate } = t;
  return gate === ASK ? (readiness[t.kind] as Ready)(m, t) : gate.owner === null;
}

/** The value of a task that starts when the set-up is over. */
export const AFTER_SETUP = 'after set-up';

// The ops of the machine itself.
performer(
  'task_start',
  () => undefined,
  (m, t) => !m.settingUp || t.value !== AFTER_SETUP,
);
performer('skipped', () => undefined);
performer(
  'udelay',
  () => undefined,
  (m, t) => !m.options.timed || m.time >= t.wakeAt,
);
