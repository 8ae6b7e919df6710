// Context rules: no sleeping under a spinlock or in an RCU read section, no task ends with a lock
// held (3.2, lockdep's wait types and exit checks).
import { report } from '../core/finding';
import type { Checker } from '../core/machine';
import { functionOf } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';

const EXIT = kindId('task_exit');

/** Sleeping in atomic context, and locks held at exit. */
export function contextChecker(): Checker {
  return {
    name: 'context',
    kinds: [...KINDS.filter((k) => k.sleeps).map((k) => k.name), 'task_exit'],
    reset() {},
    after(m, t) {
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
      });
    },
  };
}
