// rw-semaphore: many readers or one writer; a waiting writer blocks new readers (3.1).
import {
  ACQUIRE,
  arrival,
  COUNT,
  footprint,
  READ,
  RELEASE,
  SHARE,
  UNSHARE,
} from '../core/footprint';
import type { Machine } from '../core/machine';
import type { KObject } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step } from '../core/task';
import { kindId } from '../core/vocabulary';
import { dropHeld, LockBase, memberLockClass, setOwner } from './lock-class';

/** A rw-semaphore inside a memory object. `owner` is the writer. */
export class RwSemaphore extends LockBase {
  readonly thing = 'rwsem';
  readers = 0;
}

/** Make a rw-semaphore. */
export function rwsem(mem: KObject, member: string): RwSemaphore {
  return new RwSemaphore(mem, member, memberLockClass(mem.cls, member));
}

const DOWN_WRITE = kindId('down_write');

function writerWaits(m: Machine, lock: RwSemaphore): boolean {
  return m.tasks.some((t) => t.alive && t.object === lock && t.kind === DOWN_WRITE);
}

const DOWN_READ = performer(
  'down_read',
  (m, t) => {
    const lock = t.object as RwSemaphore;
    m.set(lock, 'readers', lock.readers + 1);
    t.held.push(lock);
  },
  (m, t) => {
    const lock = t.object as RwSemaphore | null;
    return lock === null || (lock.owner === null && !writerWaits(m, lock));
  },
);

const UP_READ = performer('up_read', (m, t) => {
  const lock = t.object as RwSemaphore;
  dropHeld(t, lock);
  m.set(lock, 'readers', lock.readers - 1);
});

performer(
  'down_write',
  (m, t) => {
    const lock = t.object as RwSemaphore;
    setOwner(m, lock, t);
    t.held.push(lock);
  },
  (_m, t) => {
    const lock = t.object as RwSemaphore | null;
    return lock === null || (lock.owner === null && lock.readers === 0);
  },
);

const UP_WRITE = performer('up_write', (m, t) => {
  const lock = t.object as RwSemaphore;
  dropHeld(t, lock);
  setOwner(m, lock, null);
});

footprint('down_read', (f, _m, _t, lock) => {
  f.touch(lock.uid, '', SHARE);
  f.touch(lock.uid, 'writers', READ);
});
footprint('up_read', (f, _m, _t, lock) => f.touch(lock.uid, '', UNSHARE));
footprint('down_write', (f, _m, _t, lock) => f.touch(lock.uid, '', ACQUIRE));
footprint('up_write', (f, _m, _t, lock) => f.touch(lock.uid, '', RELEASE));
// A writer that waits keeps new readers out.
arrival('down_write', (f, lock) => f.touch(lock.uid, 'writers', COUNT));

/** Acquire for reading. */
export function down_read(lock: RwSemaphore | null): Step<void> {
  return announce(DOWN_READ, 'down_read', lock, null, undefined);
}

/** Release a read acquisition. */
export function up_read(lock: RwSemaphore | null): Step<void> {
  return announce(UP_READ, 'up_read', lock, null, undefined);
}

/** Acquire for writing. */
export function down_write(lock: RwSemaphore | null): Step<void> {
  return announce(DOWN_WRITE, 'down_write', lock, null, undefined);
}

/** Release a write acquisition. */
export function up_write(lock: RwSemaphore | null): Step<void> {
  return announce(UP_WRITE, 'up_write', lock, null, undefined);
}
