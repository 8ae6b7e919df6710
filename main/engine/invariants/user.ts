// Invariants of user space and the interrupt thread: I17, I18.
import type { Checker, Machine } from '../core/machine';
import { isReady } from '../core/performers';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { FaultObject } from '../kernel/iommufd-objects';
import type { LockBase } from '../primitives/lock-class';
import type { Mutex } from '../primitives/mutex';
import { broken, inside } from './shared';

const USER_COPY = kindId('user_copy');
const MUTEX_LOCK = kindId('mutex_lock');

function waitsForUser(m: Machine, irq: Task, holder: Task): void {
  const text = `${irq.name} waits for ${irq.object?.name}, whose holder ${holder.name} waits for user space`;
  broken(m, 'I17', irq, irq.object, text);
}

/** I17: the interrupt thread never waits for user space. */
function blocked(m: Machine, t: Task): void {
  if (t.kind === MUTEX_LOCK && t.context === 'irq-thread' && t.object !== null) {
    const { owner } = t.object as LockBase;
    if (owner !== null && owner.kind === USER_COPY && !isReady(m, owner)) waitsForUser(m, t, owner);
  }
  if (t.kind !== USER_COPY) return;
  for (const irq of m.tasks) {
    const stuck = irq.context === 'irq-thread' && irq.kind === MUTEX_LOCK && irq.object !== null;
    if (stuck && t.held.includes(irq.object as LockBase)) waitsForUser(m, irq, t);
  }
}

/** I18: read gives whole groups, and each cookie given is outstanding. */
function read(m: Machine, t: Task, f: FaultObject): void {
  const records = f.lastRead;
  for (const r of records) {
    const mine = records.filter((x) => x.cookie === r.cookie).length;
    const kept = f.response.slots.get(r.cookie) === r.group;
    if (kept && mine === r.group.fault_count) continue;
    const why = kept ? `${mine} of ${r.group.fault_count} records` : 'a cookie that is not valid';
    broken(m, 'I18', t, f, `user space got ${why} of ${r.group.name}`);
    return;
  }
  const leaky = records.some((r) => r.padding);
  if (leaky) broken(m, 'I18', t, f, 'bytes that were never written went out to user space');
}

/** I17, I18 */
export function userInvariants(): Checker {
  return {
    name: 'invariants of user space',
    kinds: ['mutex_unlock'],
    reset() {},
    save: () => null,
    after(m, t) {
      const { mem } = t.object as Mutex;
      if (mem instanceof FaultObject && inside(t, 'iommufd_fault_fops_read')) read(m, t, mem);
    },
    blocked,
  };
}
