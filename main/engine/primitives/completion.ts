// Completions: a counter that one waiter per signal consumes (3.1).
import { COUNT, EMPTY, footprint, LACK, READ, TAKE, WRITE } from '../core/footprint';
import { Embedded } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step } from '../core/task';

/** A struct completion inside a memory object. */
export class Completion extends Embedded {
  readonly thing = 'completion';
  done = 0;
  /** How often a reinit threw signals away that nobody had waited for yet. */
  forgotten = 0;
}

const COMPLETE = performer('complete', (m, t) => {
  const c = t.object as Completion;
  m.set(c, 'done', c.done + 1);
});
const WAIT = performer(
  'wait_for_completion',
  (m, t) => {
    const c = t.object as Completion;
    m.set(c, 'done', c.done - 1);
  },
  (_m, t) => t.object === null || (t.object as Completion).done > 0,
);
const REINIT = performer('reinit_completion', (m, t) => {
  const c = t.object as Completion;
  const forgot = c.done > 0;
  if (forgot) c.forgotten++;
  m.set(c, 'done', 0);
  return forgot;
});

footprint('complete', (f, _m, _t, c) => f.touch(c.uid, '', COUNT));
footprint('wait_for_completion', (f, _m, _t, c) => {
  f.touch(c.uid, '', (c as Completion).done === 0 ? TAKE : WRITE);
});
// It writes also where there is nothing to forget: who is to say, before it is tried, whether there will be?
footprint('reinit_completion', (f, _m, _t, c, _field, _value, forgot) => {
  f.touch(c.uid, '', forgot === true ? WRITE : EMPTY);
});
footprint('completion_done', (f, _m, _t, c, _field, _value, done) => {
  f.touch(c.uid, '', done === true ? READ : LACK);
});

/** complete: wakes one waiter. */
export function complete(c: Completion | null): Step<void> {
  return announce(COMPLETE, 'complete', c, null, undefined);
}

const TEST = performer('completion_done', (_m, t) => (t.object as Completion).done !== 0);

/** completion_done: has it been signalled since the last reinit? */
export function completion_done(c: Completion | null): Step<boolean> {
  return announce(TEST, 'completion_done', c, null, undefined);
}

/** wait_for_completion: sleeps until signalled, then consumes the signal. */
export function wait_for_completion(c: Completion | null): Step<void> {
  return announce(WAIT, 'wait_for_completion', c, null, undefined);
}

/** reinit_completion: forget signals that came before. */
export function reinit_completion(c: Completion | null): Step<void> {
  return announce(REINIT, 'reinit_completion', c, null, undefined);
}
