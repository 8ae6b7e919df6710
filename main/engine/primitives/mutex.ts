// mutex: a sleeping lock with an owner. Releasing a contended mutex takes two memory events: the
// owner is cleared, then the wait list is touched to wake the first waiter. The memory around the
// lock must live until the second (`kernel-iopf.md` 3.1).
import { ACQUIRE, arrival, COUNT, footprint, READ, RELEASE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { performer, unheld } from '../core/performers';
import { announce, type Step } from '../core/task';
import { kindId } from '../core/vocabulary';
import { badUnlock, dropHeld, LockBase, lockClass, memberLockClass, setOwner } from './lock-class';

/** A mutex inside a memory object. */
export class Mutex extends LockBase {
  readonly thing = 'mutex';
}

/** Make a mutex; its lockdep class is `className`, by default `structure.member`. */
export function mutex(
  mem: ConstructorParameters<typeof Mutex>[0],
  member: string,
  className = '',
): Mutex {
  const known = className === '' ? memberLockClass(mem.cls, member) : lockClass(className);
  return new Mutex(mem, member, known);
}

const MUTEX_LOCK = kindId('mutex_lock');
const WAKE = performer('mutex_wake', () => undefined);

function waiting(m: Machine, lock: Mutex): boolean {
  for (const t of m.tasks) {
    if (t.kind === MUTEX_LOCK && t.object === lock && t.alive) return true;
  }
  return false;
}

const LOCK = performer(
  'mutex_lock',
  (m, t) => {
    const lock = t.object as Mutex;
    setOwner(m, lock, t);
    t.held.push(lock);
  },
  unheld,
);

const UNLOCK = performer('mutex_unlock', (m, t) => {
  const lock = t.object as Mutex;
  if (lock.owner !== t) {
    badUnlock(m, t, lock);
    return undefined;
  }
  dropHeld(t, lock);
  if (waiting(m, lock)) t.followUp = WAKE;
  setOwner(m, lock, null);
  return undefined;
});

const TRYLOCK = performer('mutex_trylock', (m, t) => {
  const lock = t.object as Mutex;
  if (lock.owner !== null) return false;
  setOwner(m, lock, t);
  t.held.push(lock);
  return true;
});

footprint('mutex_trylock', (f, _m, _t, lock, _field, _value, taken) => {
  f.touch(lock.uid, '', taken === true ? ACQUIRE : READ);
});
footprint('mutex_lock', (f, _m, _t, lock) => f.touch(lock.uid, '', ACQUIRE));
// Whether a release finds a waiter decides whether it touches the lock again.
footprint('mutex_unlock', (f, _m, _t, lock) => {
  f.touch(lock.uid, '', RELEASE);
  f.touch(lock.uid, 'waiters', READ);
});
footprint('mutex_wake', () => {});
arrival('mutex_lock', (f, lock) => f.touch(lock.uid, 'waiters', COUNT));

/** Acquire; sleeps until the mutex is free. */
export function mutex_lock(lock: Mutex | null): Step<void> {
  return announce(LOCK, 'mutex_lock', lock, null, undefined);
}

/** Release; touches the lock a second time (`mutex_wake`) when somebody waits for it. */
export function mutex_unlock(lock: Mutex | null): Step<void> {
  return announce(UNLOCK, 'mutex_unlock', lock, null, undefined);
}

/** Acquire if the lock is free. */
export function mutex_trylock(lock: Mutex | null): Step<boolean> {
  return announce(TRYLOCK, 'mutex_trylock', lock, null, undefined);
}
