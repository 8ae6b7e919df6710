// Mutations of the model: a lock that is not taken. The lock and its unlock both fall away, in one
// function.

import { kindOf } from '../core/finding';
import type { Machine } from '../core/machine';
import { functionOf, type Task } from '../core/task';
import { KINDS } from '../core/vocabulary';

/** Which lock is not taken, and where. */
export interface SkipLockSpec {
  readonly in: string;
  /** The lock's class, for example `iommu_fault_param.lock`. */
  readonly lock: string;
}

const LOCKING = new Set(
  KINDS.filter((k) => k.family === 'lock' && k.name !== 'mutex_wake').map((k) => k.id),
);

/** Put mutations into a machine; call after `Machine.begin`. */
export function armSkippedLocks(m: Machine, specs: readonly SkipLockSpec[]): void {
  if (specs.length === 0) return;
  m.skips = (t: Task): boolean => {
    if (t.object === null || !LOCKING.has(t.kind)) return false;
    const fn = functionOf(t).name;
    const kind = kindOf(t.object);
    const hit = specs.some((s) => s.in === fn && s.lock === kind);
    if (hit) m.fired.add('skip-lock');
    return hit;
  };
}
