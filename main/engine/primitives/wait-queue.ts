// Wait queues: sleep until a condition holds. The condition is evaluated by the scheduler, so a
// wake-up cannot be lost here; models that can lose one say so in their own steps.
import { footprint } from '../core/footprint';
import { performer } from '../core/machine';
import { Embedded, type Thing } from '../core/object';
import { announce, type Step, type Task } from '../core/task';

/** A wait_queue_head_t inside a memory object. */
export class WaitQueue extends Embedded {
  readonly thing = 'waitqueue';
}

const WAIT_EVENT = performer(
  'wait_event',
  (_m, t) => {
    t.value = undefined;
  },
  (_m, t) => (t.value as () => boolean)(),
);
const WAKE = performer('wake_up', () => undefined);
const JOIN = performer(
  'task_join',
  () => undefined,
  (_m, t) => !(t.object as Task).alive,
);

// The condition may look at anything, so the step comes after everything that was done before it.
footprint('wait_event', (f) => f.everything());
footprint('wake_up', () => {});

/** wait_event: sleep (D state) until `condition()` is true; it must only read simulated state. */
export function wait_event(on: Thing, condition: () => boolean): Step<void> {
  return announce(WAIT_EVENT, 'wait_event', on, null, condition);
}

/** wake_up: let the sleepers look at their condition again; the scheduler does so by itself. */
export function wake_up(q: WaitQueue | null): Step<void> {
  return announce(WAKE, 'wake_up', q, null, undefined);
}

/** Wait until another task has ended. */
export function task_join(task: Task): Step<void> {
  return announce(JOIN, 'task_join', task, null, undefined);
}
