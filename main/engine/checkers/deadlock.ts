// Deadlock, at the moment the cycle closes, and hung tasks at the end of a run. A task waits for
// the owner of a lock, for the workers of a flushed queue, or for a task it joins.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import type { LockBase } from '../primitives/lock-class';
import { flushedWorkers, type Workqueue } from '../primitives/workqueue';

const FLUSH_WAIT = kindId('flush_wait');
const JOIN = kindId('task_join');
const WAIT_RESPONSE = kindId('wait_response');
const NOT_STARTED = kindId('task_start');
const LOCKS = new Set(
  ['mutex_lock', 'spin_lock', 'down_read', 'down_write'].map((name) => kindId(name)),
);

function waitsFor(m: Machine, t: Task): readonly Task[] {
  if (!t.alive || t.object === null) return [];
  if (LOCKS.has(t.kind)) {
    const lock = t.object as LockBase;
    return lock.owner === null ? [] : [lock.owner];
  }
  if (t.kind === FLUSH_WAIT) return flushedWorkers(m, t.object as unknown as Workqueue);
  if (t.kind === JOIN) return [t.object as unknown as Task];
  return [];
}

function cycleThrough(m: Machine, start: Task): Task[] | null {
  const path: Task[] = [];
  const seen = new Set<Task>();
  const walk = (t: Task): boolean => {
    path.push(t);
    seen.add(t);
    for (const next of waitsFor(m, t)) {
      if (next === start) return true;
      if (!seen.has(next) && !m.ready(next) && walk(next)) return true;
    }
    path.pop();
    return false;
  };
  return walk(start) ? path : null;
}

function what(t: Task): string {
  const kind = KINDS[t.kind]?.name ?? '';
  return `${t.name} waits in ${functionOf(t).name} for ${t.object?.name ?? '?'} (${kind})`;
}

/** Deadlock and hung task. */
export function deadlockChecker(): Checker {
  return {
    name: 'deadlock',
    kinds: [],
    reset() {},
    blocked(m, t) {
      if (t.object === null) return;
      const cycle = cycleThrough(m, t);
      if (cycle === null) return;
      const parts = cycle.map((c) => c.object?.name ?? '').sort();
      report(m, {
        checker: 'deadlock',
        severity: 'fatal',
        title: `INFO: deadlock between ${cycle.map((c) => c.name).join(', ')}`,
        message: `deadlock: ${cycle.map(what).join('; ')}`,
        identity: `deadlock|${parts.join('|').replace(/#[0-9]+/g, '')}`,
        at: t,
        thing: t.object,
        details: cycle.map((c) => what(c)),
      });
    },
    end(m) {
      for (const t of m.tasks) {
        if (!t.alive || t.daemon || t.kind === NOT_STARTED) continue;
        if (t.context === 'device' || t.kind === WAIT_RESPONSE) continue;
        report(m, {
          checker: 'hung-task',
          severity: 'warning',
          title: `INFO: task ${t.name}:${t.id} blocked for more than 120 seconds.`,
          message: `${what(t)} and nothing can wake it`,
          identity: `hung-task|${t.name.replace(/[0-9]+$/, '')}|${functionOf(t).name}|${t.kind}`,
          at: t,
          thing: t.object,
        });
      }
    },
  };
}
