// RCU: read sections, published pointers, and freeing after a grace period. A callback posted at
// step s may run once every read section that was open at s has ended; the `rcu` daemon runs it
// then, whenever the scheduler lets it (3.1).
import {
  AWAIT,
  endOfLife,
  type Footprints,
  footprint,
  READ,
  SIGNAL,
  WRITE,
} from '../core/footprint';
import type { Machine } from '../core/machine';
import type { KObject, Thing } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Gen, nothing, registerFunction, type Step, type Task } from '../core/task';
import { release } from './memory';

/** An outermost read section: the n-th of a task. */
interface Section {
  readonly task: Task;
  readonly n: number;
}

interface Callback {
  readonly object: KObject;
  /** The read sections that had been begun when it was posted. */
  readonly waits: readonly Section[];
}

/**
 * The last section that each task has begun: what a grace period that begins now waits for. Those that
 * are over keep nothing waiting, and come before its end all the same.
 */
function sectionsBegun(m: Machine): Section[] {
  const out: Section[] = [];
  for (const t of m.tasks) if (t.rcuBegun > 0) out.push({ task: t, n: t.rcuBegun });
  return out;
}

function over(waits: readonly Section[]): boolean {
  for (const s of waits) if (s.task.alive && s.task.rcuEnded < s.n) return false;
  return true;
}

/** There is one in a machine, whoever needs it first. */
export const RCU_UID = -1e12;

/** The grace-period machinery of one machine. */
class RcuState implements Thing {
  readonly thing = 'rcu';
  readonly mem = null;
  readonly uid = RCU_UID;
  readonly name = 'rcu';
  readonly callbacks: Callback[] = [];
  /** How many callbacks have been posted, and run, so far. */
  posted = 0;
  freed = 0;
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
  state.posted++;
  state.callbacks.push({ object: o, waits: sectionsBegun(m) });
  if (m.recorder !== null) m.recorder.delta(o, 'state', 'live', 'waits for grace period');
  if (state.task === null) {
    state.task = m.spawn('rcu_core', 'rcu', true, daemonInfo, () => daemonBody(state));
  }
});

const RCU_FREE = performer(
  'rcu_free',
  (m, t) => {
    const state = t.object as RcuState;
    const cb = state.callbacks.shift() as Callback;
    state.freed++;
    t.object = cb.object;
    if (cb.object.state !== 0) {
      m.memoryAccess(m, t, cb.object);
    } else {
      release(cb.object, t);
      if (m.recorder !== null) {
        m.recorder.delta(cb.object, 'state', 'waits for grace period', 'freed');
      }
    }
    return cb.waits;
  },
  (_m, t) => {
    const first = (t.object as RcuState).callbacks[0];
    return first !== undefined && over(first.waits);
  },
);

const GRACE = performer(
  'grace_period',
  (_m, t) => t.value,
  (_m, t) => over(t.value as readonly Section[]),
);
const SYNC = performer('synchronize_rcu', (m, t) => {
  t.value = sectionsBegun(m);
  t.followUp = GRACE;
});

const READ_LOCK = performer('rcu_read_lock', (_m, t) => {
  if (t.rcuDepth++ === 0) t.rcuBegun++;
});
const READ_UNLOCK = performer('rcu_read_unlock', (_m, t) => {
  if (--t.rcuDepth === 0) t.rcuEnded++;
});

// Which sections a grace period waits for is decided when it begins; their ends let it go on.
footprint('rcu_read_lock', (f, _m, t) => {
  if (t.rcuDepth === 1) f.touch(RCU_UID, '', READ);
});
footprint('rcu_read_unlock', (f, _m, t) => {
  if (t.rcuDepth === 0) f.touch(t.uid, `section ${t.rcuEnded}`, SIGNAL);
});
footprint('synchronize_rcu', (f) => f.touch(RCU_UID, '', WRITE));
// An object that is posted twice is freed twice: it is the posting that lets a callback run.
footprint('kfree_rcu', (f, m) => {
  f.touch(RCU_UID, '', WRITE);
  f.touch(RCU_UID, `posted ${rcuOf(m).posted}`, SIGNAL);
});
function awaitSections(f: Footprints, waits: unknown): void {
  for (const s of waits as readonly Section[]) f.touch(s.task.uid, `section ${s.n}`, AWAIT);
}
footprint('grace_period', (f, _m, _t, _o, _field, value) => awaitSections(f, value));
footprint('rcu_free', (f, m, t, _o, _field, _value, waits) => {
  awaitSections(f, waits);
  const freed = t.object as KObject;
  f.touch(RCU_UID, `posted ${rcuOf(m).freed}`, AWAIT);
  endOfLife(f, freed);
});

/** rcu_read_lock */
export function rcu_read_lock(): Step<void> {
  return announce(READ_LOCK, 'rcu_read_lock', null, null, undefined);
}

/** rcu_read_unlock */
export function rcu_read_unlock(): Step<void> {
  return announce(READ_UNLOCK, 'rcu_read_unlock', null, null, undefined);
}

/** synchronize_rcu: wait for every read section that is open when it begins. */
export function synchronize_rcu(): Step<void> {
  return announce(SYNC, 'synchronize_rcu', null, null, undefined);
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
