// copy_to_user and copy_from_user: may fault, so they may sleep without bound, and may fail (3.1).
import { footprint, READ } from '../core/footprint';
import type { Machine } from '../core/machine';
import type { Thing } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step, type Task } from '../core/task';

/** What injected faults do to user copies; installed by `faults/`. */
export const userCopyPolicy: {
  fails: (m: Machine, t: Task) => boolean;
  sleeps: (m: Machine, t: Task) => boolean;
  /** Does a copy depend on who knows what? */
  watches: (m: Machine) => boolean;
} = { fails: () => false, sleeps: () => false, watches: () => false };

const COPY = performer(
  'user_copy',
  (m, t) => (userCopyPolicy.fails(m, t) ? (t.value as number) : 0),
  (m, t) => !userCopyPolicy.sleeps(m, t),
);

footprint('user_copy', (f, m, _t, what, direction) => {
  f.touch(what.uid, direction as string, READ);
  if (userCopyPolicy.watches(m)) f.everything();
});

/**
 * Copy `bytes` bytes to or from the memory of a user task.
 * @param what the kernel object that is copied, for the timeline
 * @returns the number of bytes that were NOT copied
 */
export function user_copy(
  what: Thing,
  direction: 'to_user' | 'from_user',
  bytes: number,
): Step<number> {
  return announce(COPY, `copy_${direction}`, what, direction, bytes);
}
