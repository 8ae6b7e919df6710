// Context rules: no sleeping under a spinlock or in an RCU read section, no task ends with a lock
// held or frees memory with a lock of its own in it, and RCU pointers are read under protection (3.2,
// lockdep's wait types and its checks at exit, free and dereference).
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';

const EXIT = kindId('task_exit');
const FREE = kindId('free');
const DEREFERENCE = kindId('rcu_dereference');

/** "held lock freed": only locks of the task that frees are looked at, as in the kernel. */
function heldLockFreed(m: Machine, t: Task): void {
  const lock = t.held.find((l) => l.mem === t.object);
  if (lock === undefined) return;
  report(m, {
    checker: 'lock-held-at-exit',
    severity: 'warning',
    title: 'WARNING: held lock freed!',
    message: `${t.name} frees ${t.object?.name} in ${functionOf(t).name} while it holds ${lock.name}`,
    identity: `held-lock-freed|${functionOf(t).name}`,
    at: t,
    thing: lock,
  });
}

function unprotected(m: Machine, t: Task): void {
  if (t.rcuDepth > 0 || t.held.length > 0) return;
  report(m, {
    checker: 'suspicious-rcu',
    severity: 'warning',
    title: 'WARNING: suspicious RCU usage',
    message: `${t.name} dereferences ${t.object?.name}.${t.field} in ${functionOf(t).name} outside a \
read section, with no lock held`,
    identity: `suspicious-rcu|${functionOf(t).name}`,
    at: t,
    thing: t.object,
  });
}

/** Sleeping in atomic context, and locks held at exit. */
export function contextChecker(): Checker {
  return {
    name: 'context',
    kinds: [
      ...KINDS.filter((k) => k.sleeps).map((k) => k.name),
      'task_exit',
      'free',
      'rcu_dereference',
    ],
    reset() {},
    save: () => null,
    after(m, t) {
      if (t.kind === FREE) {
        if (t.held.length > 0) heldLockFreed(m, t);
        return;
      }
      if (t.kind === DEREFERENCE) {
        unprotected(m, t);
        return;
      }
      if (t.kind === EXIT) {
        const lock = t.held[0];
        if (lock === undefined) return;
        report(m, {
          checker: 'lock-held-at-exit',
          severity: 'warning',
          title: `WARNING: task ${t.name} exits with locks still held`,
          message: `${t.name} ends while it holds ${lock.name}`,
          identity: `held-at-exit|${t.name}|${lock.name.replace(/#[0-9]+/g, '')}`,
          at: t,
          thing: lock,
        });
        return;
      }
      if (t.spinDepth === 0 && t.rcuDepth === 0) return;
      const why = t.spinDepth > 0 ? 'a spinlock is held' : 'in an RCU read section';
      report(m, {
        checker: 'atomic-sleep',
        severity: 'warning',
        title: `BUG: sleeping function called from invalid context at ${functionOf(t).name}`,
        message: `${t.name} may sleep in ${functionOf(t).name} while ${why}`,
        identity: `atomic-sleep|${functionOf(t).name}|${KINDS[t.kind]?.name}`,
        at: t,
        thing: t.object,
        details: t.held.map((l) => `  holding ${l.name}`),
      });
    },
  };
}
