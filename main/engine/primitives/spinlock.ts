// spinlock: preemption is off while one is held, so the holder must not sleep (3.1).
import { performer } from '../core/machine';
import type { KObject } from '../core/object';
import { announce, type Step } from '../core/task';
import { badUnlock, dropHeld, LockBase, lockClass, memberLockClass } from './lock-class';

/** A spinlock inside a memory object. */
export class Spinlock extends LockBase {
  readonly thing = 'spinlock';
}

/** Make a spinlock; its lockdep class is `structure.member` unless named. */
export function spinlock(mem: KObject, member: string, className = ''): Spinlock {
  const known = className === '' ? memberLockClass(mem.cls, member) : lockClass(className);
  return new Spinlock(mem, member, known);
}

const LOCK = performer(
  'spin_lock',
  (m, t) => {
    const lock = t.object as Spinlock;
    m.set(lock, 'owner', t);
    t.held.push(lock);
    t.spinDepth++;
  },
  (_m, t) => t.object === null || (t.object as Spinlock).owner === null,
);

const UNLOCK = performer('spin_unlock', (m, t) => {
  const lock = t.object as Spinlock;
  if (lock.owner !== t) {
    badUnlock(m, t, lock);
    return;
  }
  dropHeld(t, lock);
  t.spinDepth--;
  m.set(lock, 'owner', null);
});

/** Acquire; spins until the lock is free. */
export function spin_lock(lock: Spinlock | null): Step<void> {
  return announce(LOCK, 'spin_lock', lock, null, undefined);
}

/** Release. */
export function spin_unlock(lock: Spinlock | null): Step<void> {
  return announce(UNLOCK, 'spin_unlock', lock, null, undefined);
}
