// Deadlock, at the moment the cycle closes, and hung tasks at the end of a run. A task waits for
// the owner of a lock, for the workers of a flushed queue, or for a task it joins.
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import { isReady } from '../core/performers';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import type { Completion } from '../primitives/completion';
import { type LockBase, TAKES_LOCK } from '../primitives/lock-class';
import type { WaitQueue } from '../primitives/wait-queue';
import { flushedWorkers, type Workqueue } from '../primitives/workqueue';

const FLUSH_WAIT = kindId('flush_wait');
const JOIN = kindId('task_join');
const WAIT_RESPONSE = kindId('wait_response');
const SCHEDULE = kindId('schedule');
const WAIT_COMPLETION = kindId('wait_for_completion');
const NOT_STARTED = kindId('task_start');

function waitsFor(m: Machine, t: Task): readonly Task[] {
  if (!t.alive || t.object === null) return [];
  if (TAKES_LOCK[t.kind]) {
    const lock = t.object as LockBase;
    return lock.owner === null ? [] : [lock.owner];
  }
  if (t.kind === FLUSH_WAIT) return flushedWorkers(m, t.object as unknown as Workqueue);
  if (t.kind === JOIN) return [t.object as unknown as Task];
  return [];
}

/** Could a cycle close here? Not where the owners of the locks lead to one who can go on; most waits do. */
function mayClose(m: Machine, start: Task): boolean {
  let t = start;
  for (let i = 0; i < m.tasks.length && TAKES_LOCK[t.kind]; i++) {
    const { owner } = t.object as LockBase;
    if (owner === start) return true;
    if (owner === null || !owner.alive || owner.object === null || isReady(m, owner)) return false;
    t = owner;
  }
  return TAKES_LOCK[t.kind] === true || t.kind === FLUSH_WAIT || t.kind === JOIN;
}

function cycleThrough(m: Machine, start: Task): Task[] | null {
  const path: Task[] = [];
  const seen = new Set<Task>();
  const walk = (t: Task): boolean => {
    path.push(t);
    seen.add(t);
    for (const next of waitsFor(m, t)) {
      if (next === start) return true;
      if (!seen.has(next) && !isReady(m, next) && walk(next)) return true;
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

/** Who a task waits for, and so on, as far as that goes. */
function chainFrom(m: Machine, start: Task): string[] {
  const chain: string[] = [];
  const seen = new Set<Task>();
  for (let t: Task | undefined = start; t !== undefined && !seen.has(t); ) {
    seen.add(t);
    const others: readonly Task[] = waitsFor(m, t);
    const next: Task | undefined = others.find((o) => o.alive && !isReady(m, o)) ?? others[0];
    if (next === undefined) chain.push(`${what(t)}; no task is left that could end this`);
    else if (next.alive) chain.push(`${what(t)}, held up by ${next.name}`);
    else chain.push(`${what(t)}, which ${next.name} held when it ended`);
    t = next?.alive === true ? next : undefined;
  }
  return chain;
}

/** Was a task woken before it could be? What happened, or empty. */
function lostWakeUp(t: Task): string {
  if (t.object === null) return '';
  if (t.kind === SCHEDULE) {
    const { missed, missedBy, missedStep } = t.object as unknown as WaitQueue;
    if (!missed) return '';
    return `${missedBy} woke the queue at #${missedStep}, when nobody was on it: lost wake-up`;
  }
  if (t.kind !== WAIT_COMPLETION || (t.object as Completion).forgotten === 0) return '';
  return 'it was completed, and a reinit_completion threw that away: lost wake-up';
}

/** Deadlock, hung task and lost wake-up. */
export function deadlockChecker(): Checker {
  return {
    name: 'deadlock',
    kinds: [],
    reset() {},
    save: () => null,
    blocked(m, t) {
      if (t.object === null || !mayClose(m, t)) return;
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
        const lost = lostWakeUp(t);
        const name = t.name.replace(/[0-9]+$/, '');
        const checker = lost === '' ? 'hung-task' : 'lost-wakeup';
        report(m, {
          checker,
          severity: 'warning',
          title: `INFO: task ${t.name}:${t.id} blocked for more than 120 seconds.`,
          message: lost === '' ? `${what(t)} and nothing can wake it` : `${what(t)}: ${lost}`,
          identity: `${checker}|${name}|${functionOf(t).name}|${t.kind}`,
          at: t,
          thing: t.object,
          details: chainFrom(m, t),
        });
      }
    },
  };
}
