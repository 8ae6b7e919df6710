// spinlock: preemption is off while one is held, so the holder must not sleep (3.1).
import { ACQUIRE, footprint, READ, RELEASE } from '../core/footprint';
import type { KObject } from '../core/object';
import { performer, unheld } from '../core/performers';
import { announce, type Step } from '../core/task';
import { badUnlock, dropHeld, LockBase, lockClass, memberLockClass, setOwner } from './lock-class';

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
    setOwner(m, lock, t);
    t.held.push(lock);
    t.spinDepth++;
  },
  unheld,
);

const UNLOCK = performer('spin_unlock', (m, t) => {
  const lock = t.object as Spinlock;
  if (lock.owner !== t) {
    badUnlock(m, t, lock);
    return;
  }
  dropHeld(t, lock);
  t.spinDepth--;
  setOwner(m, lock, null);
});

const TRYLOCK = performer('spin_trylock', (m, t) => {
  const lock = t.object as Spinlock;
  if (lock.owner !== null) return false;
  setOwner(m, lock, t);
  t.held.push(lock);
  t.spinDepth++;
  return true;
});

footprint('spin_trylock', (f, _m, _t, lock, _field, _value, taken) => {
  f.touch(lock.uid, '', taken === true ? ACQUIRE : READ);
});
footprint('spin_lock', (f, _m, _t, lock) => f.touch(lock.uid, '', ACQUIRE));
footprint('spin_unlock', (f, _m, _t, lock) => f.touch(lock.uid, '', RELEASE));

/** Acquire; spins until the lock is free. */
export function spin_lock(lock: Spinlock | null): Step<void> {
  return announce(LOCK, 'spin_lock', lock, null, undefined);
}

/** Release. */
export function spin_unlock(lock: Spinlock | null): Step<void> {
  return announce(UNLOCK, 'spin_unlock', lock, null, undefined);
}

/** Acquire if the lock is free. */
export function spin_trylock(lock: Spinlock | null): Step<boolean> {
  return announce(TRYLOCK, 'spin_trylock', lock, null, undefined);
}
