// RCU: read sections, published pointers, and freeing after a grace period. A callback posted at
// step s may run once every read section that was open at s has ended; the `rcu` daemon runs it
// then, whenever the scheduler lets it (3.1).
import { type Machine, performer } from '../core/machine';
import type { KObject, Thing } from '../core/object';
import {
  announce,
  current,
  type Gen,
  nothing,
  registerFunction,
  type Step,
  type Task,
} from '../core/task';
import { release } from './memory';

interface Callback {
  readonly object: KObject;
  readonly postedAt: number;
}

/** The grace-period machinery of one machine. */
class RcuState implements Thing {
  readonly thing = 'rcu';
  readonly mem = null;
  readonly name = 'rcu';
  readonly callbacks: Callback[] = [];
  task: Task | null = null;
}

function rcuOf(m: Machine): RcuState {
  let r = m.extras.get('rcu') as RcuState | undefined;
  if (r === undefined) {
    r = new RcuState();
    m.extras.set('rcu', r);
  }
  return r;
}

const DEREF = performer(
  'rcu_dereference',
  // biome-ignore lint/suspicious/noExplicitAny: fields of simulated structures are read by name
  (_m, t) => (t.object as any)[t.field as string],
);
const ASSIGN = performer('rcu_assign_pointer', (m, t) => {
  // biome-ignore lint/suspicious/noExplicitAny: fields of simulated structures are set by name
  m.set(t.object as any, t.field as string, t.value);
});

const daemonInfo = registerFunction({
  name: 'rcu_core',
  file: 'engine/primitives/rcu.ts',
  upstream: '',
  deviates: '',
  script: false,
});

function* daemonBody(state: RcuState): Gen<void> {
  for (;;) yield* announce<void>(RCU_FREE, 'rcu_free', state, null, undefined);
}

const KFREE_RCU = performer('kfree_rcu', (m, t) => {
  const o = t.object as KObject;
  o.rcuStep = m.step;
  const state = rcuOf(m);
  state.callbacks.push({ object: o, postedAt: m.step });
  if (m.recorder !== null) m.recorder.delta(o, 'state', 'live', 'waits for grace period');
  if (state.task === null) {
    state.task = m.spawn('rcu_core', 'rcu', true, daemonInfo, daemonBody(state));
  }
});

const RCU_FREE = performer(
  'rcu_free',
  (m, t) => {
    const cb = (t.object as RcuState).callbacks.shift() as Callback;
    t.object = cb.object;
    if (cb.object.state !== 0) {
      m.memoryAccess(m, t, cb.object);
      return;
    }
    release(cb.object, t);
    if (m.recorder !== null) {
      m.recorder.delta(cb.object, 'state', 'waits for grace period', 'freed');
    }
  },
  (m, t) => {
    const first = (t.object as RcuState).callbacks[0];
    if (first === undefined) return false;
    for (const r of m.tasks) {
      if (r.alive && r.rcuDepth > 0 && r.rcuSince <= first.postedAt) return false;
    }
    return true;
  },
);

const SYNC = performer(
  'synchronize_rcu',
  () => undefined,
  (m, t) => {
    const since = t.value as number;
    for (const r of m.tasks) if (r.alive && r.rcuDepth > 0 && r.rcuSince <= since) return false;
    return true;
  },
);

const READ_LOCK = performer('rcu_read_lock', (m, t) => {
  if (t.rcuDepth++ === 0) t.rcuSince = m.step;
});
const READ_UNLOCK = performer('rcu_read_unlock', (_m, t) => {
  t.rcuDepth--;
});

/** rcu_read_lock */
export function rcu_read_lock(): Step<void> {
  return announce(READ_LOCK, 'rcu_read_lock', null, null, undefined);
}

/** rcu_read_unlock */
export function rcu_read_unlock(): Step<void> {
  return announce(READ_UNLOCK, 'rcu_read_unlock', null, null, undefined);
}

/** synchronize_rcu: wait for every read section that is open now. */
export function synchronize_rcu(): Step<void> {
  return announce(SYNC, 'synchronize_rcu', null, null, current.machine.step);
}

/** rcu_dereference of `object.field`. */
export function rcu_dereference<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
): Step<T[K]> {
  return announce(DEREF, 'rcu_dereference', object, field, undefined);
}

/** rcu_assign_pointer: publish `value` in `object.field`. */
export function rcu_assign_pointer<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
  value: T[K],
): Step<void> {
  return announce(ASSIGN, 'rcu_assign_pointer', object, field, value);
}

/** kfree_rcu: free after a grace period; returns at once. */
export function kfree_rcu(object: KObject | null): Step<void> {
  return object === null ? nothing : announce(KFREE_RCU, 'kfree_rcu', object, null, undefined);
}

/** Objects waiting for a grace period; they are not leaks. */
export function waitingForGrace(m: Machine): readonly KObject[] {
  return rcuOf(m).callbacks.map((c) => c.object);
}
