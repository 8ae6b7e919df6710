// Wait queues. `wait_event` sleeps until a condition holds: the scheduler looks at the condition itself,
// so that no wake-up is lost. Code that looks by itself (`prepare_to_wait`, look, `schedule`,
// `finish_wait`) can lose one, by looking before it is on the queue.
import { COUNT, footprint, READ, WRITE } from '../core/footprint';
import { Embedded, type Thing } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step, type Task } from '../core/task';

/** A wait_queue_head_t inside a memory object. */
export class WaitQueue extends Embedded {
  readonly thing = 'waitqueue';
  /** Tasks that are on the queue and have not been woken since. */
  readonly sleepers: Task[] = [];
  /** Has anybody woken the queue when nobody was on it? */
  missed = false;
  /** Who did so last, and at which step; for reports. */
  missedBy = '';
  missedStep = 0;
}

/** What a task waits for. */
interface Awaited {
  /** For the timeline. */
  readonly name: string;
  readonly holds: () => boolean;
  /** All that the condition looks at; nothing where that may be anything in memory and hardware. */
  readonly looksAt: readonly Thing[];
  /** It may look at what the script keeps for itself as well. */
  readonly isOpen: boolean;
}

const WAIT_EVENT = performer(
  'wait_event',
  (_m, t) => {
    t.value = undefined;
  },
  (_m, t) => (t.value as Awaited).holds(),
);
const WAKE = performer('wake_up', (m, t) => {
  const q = t.object as WaitQueue;
  if (q.sleepers.length === 0) {
    q.missed = true;
    q.missedBy = t.name;
    q.missedStep = m.step;
  }
  q.sleepers.length = 0;
});
const PREPARE = performer('prepare_to_wait', (_m, t) => {
  const { sleepers } = t.object as WaitQueue;
  if (!sleepers.includes(t)) sleepers.push(t);
});
const SCHEDULE = performer(
  'schedule',
  () => undefined,
  (_m, t) => t.object === null || !(t.object as WaitQueue).sleepers.includes(t),
);
const FINISH = performer('finish_wait', (_m, t) => {
  const { sleepers } = t.object as WaitQueue;
  const at = sleepers.indexOf(t);
  if (at >= 0) sleepers.splice(at, 1);
});
const JOIN = performer(
  'task_join',
  () => undefined,
  (_m, t) => !(t.object as Task).alive,
);

footprint('wait_event', (f, _m, _t, _q, _field, value) => {
  const { looksAt, isOpen } = value as Awaited;
  if (isOpen) f.everything();
  else if (looksAt.length === 0) f.state();
  for (const thing of looksAt) f.whole(thing);
});
const SLEEPERS = 'sleepers';
footprint('wake_up', (f, _m, _t, q) => f.touch(q.uid, SLEEPERS, COUNT));
footprint('prepare_to_wait', (f, _m, _t, q) => f.touch(q.uid, SLEEPERS, WRITE));
footprint('schedule', (f, _m, _t, q) => f.touch(q.uid, SLEEPERS, READ));
footprint('finish_wait', (f, _m, _t, q) => f.touch(q.uid, SLEEPERS, WRITE));

/**
 * wait_event: sleep (D state) until `condition()` is true; it must only read simulated state.
 * @param looksAt the things whose fields it reads, each lock, list or other part of a structure by itself. Where none is
 *   named it may read anything, and whatever changes something is told apart by whether it comes before or after
 */
export function wait_event(
  on: Thing,
  condition: () => boolean,
  ...looksAt: readonly Thing[]
): Step<void> {
  const value = { name: condition.name, holds: condition, looksAt, isOpen: false };
  return announce(WAIT_EVENT, 'wait_event', on, null, value);
}

/** The same for a script's own condition, which may also look at what the script keeps for itself. */
export function wait_until(
  on: Thing,
  condition: () => boolean,
  looksAt: readonly Thing[],
): Step<void> {
  const value = { name: condition.name, holds: condition, looksAt, isOpen: looksAt.length === 0 };
  return announce(WAIT_EVENT, 'wait_event', on, null, value);
}

/** wake_up: let the sleepers go on; those in `wait_event` look at their condition again. */
export function wake_up(q: WaitQueue | null): Step<void> {
  return announce(WAKE, 'wake_up', q, null, undefined);
}

/** prepare_to_wait: from now on a wake-up is for this task, too. */
export function prepare_to_wait(q: WaitQueue | null): Step<void> {
  return announce(PREPARE, 'prepare_to_wait', q, null, undefined);
}

/** schedule, on a wait queue: sleep until somebody has woken the queue since `prepare_to_wait`. */
export function schedule(q: WaitQueue | null): Step<void> {
  return announce(SCHEDULE, 'schedule', q, null, undefined);
}

/** finish_wait: off the queue again. */
export function finish_wait(q: WaitQueue | null): Step<void> {
  return announce(FINISH, 'finish_wait', q, null, undefined);
}

/** Wait until another task has ended. */
export function task_join(task: Task): Step<void> {
  return announce(JOIN, 'task_join', task, null, undefined);
}
