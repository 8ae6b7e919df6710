// Memory: plain and marked accesses to a field of an object, allocation and freeing. An object is
// never reused within a run, so a stale pointer always names what it used to name (3.2, KASAN).
import { endOfLife, footprint, READ, WRITE } from '../core/footprint';
import { FREED, type KObject, type Thing } from '../core/object';
import { performer } from '../core/performers';
import { announce, current, functionOf, nothing, type Step, type Task } from '../core/task';

// biome-ignore lint/suspicious/noExplicitAny: fields of simulated structures are read by name
type Fields = any;

function loadField(_m: unknown, t: Task): unknown {
  return (t.object as Fields)[t.field as string];
}

const LOAD = performer('load', loadField);
const READ_ONCE = performer('read_once', loadField);

const STORE = performer('store', (m, t) => {
  m.set(t.object as Fields, t.field as string, t.value);
});
const WRITE_ONCE = performer('write_once', (m, t) => {
  m.set(t.object as Fields, t.field as string, t.value);
});
const RMW = performer('atomic_rmw', (m, t) => {
  const o = t.object as Fields;
  const f = t.field as string;
  const before = o[f] as number;
  m.set(o, f, (t.value as (v: number) => number)(before));
  return before;
});

/** Plain read of `object.field`. */
export function load<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
): Step<T[K]> {
  return announce(LOAD, 'load', object, field, undefined);
}

/** Plain write of `object.field`. */
export function store<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
  value: T[K],
): Step<void> {
  return announce(STORE, 'store', object, field, value);
}

/** READ_ONCE of `object.field`. */
export function read_once<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
): Step<T[K]> {
  return announce(READ_ONCE, 'read_once', object, field, undefined);
}

/** WRITE_ONCE of `object.field`. */
export function write_once<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
  value: T[K],
): Step<void> {
  return announce(WRITE_ONCE, 'write_once', object, field, value);
}

/**
 * Atomic read-modify-write of a numeric field; `change` must be pure.
 * @returns the value before
 */
export function atomic_rmw<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
  change: (before: number) => number,
): Step<number> {
  return announce(RMW, 'atomic_rmw', object, field, change);
}

const CMPXCHG = performer('atomic_cmpxchg', (m, t) => {
  const o = t.object as Fields;
  const f = t.field as string;
  const { from, to } = t.value as Exchange;
  const before = o[f];
  if (before === from) m.set(o, f, to);
  return before;
});

interface Exchange {
  readonly name: string;
  readonly from: unknown;
  readonly to: unknown;
}

// One that fails has only read.
footprint('atomic_cmpxchg', (f, _m, _t, object, field, value, before) => {
  f.touch(object.uid, field as string, before === (value as Exchange).from ? WRITE : READ);
});

/**
 * cmpxchg: set `object.field` to `to` if it is `from`.
 * @returns the value before; it succeeded when that is `from`
 */
export function atomic_cmpxchg<T extends Thing, K extends keyof T & string>(
  object: T | null,
  field: K,
  from: T[K],
  to: T[K],
): Step<T[K]> {
  const value: Exchange = { name: 'compare and exchange', from, to };
  return announce(CMPXCHG, 'atomic_cmpxchg', object, field, value);
}

/** Whether an allocation fails; installed by `faults/alloc-failure.ts`. Never, by default. */
export const allocationPolicy: { fails: (what: string, t: Task) => boolean } = {
  fails: () => false,
};

const ALLOC = performer('alloc', (m, t) => {
  if (allocationPolicy.fails(t.field as string, t)) return null;
  const made = (t.value as () => KObject)();
  made.allocTask = t.id;
  made.allocStep = m.step;
  t.object = made;
  if (m.recorder !== null) m.recorder.delta(made, 'state', '', 'live');
  return made;
});

const FREE = performer('free', (m, t) => {
  release(t.object as KObject, t);
  if (m.recorder !== null) m.recorder.delta(t.object as KObject, 'state', 'live', 'freed');
});

footprint('free', (f, _m, _t, object) => endOfLife(f, object));

/** Mark an object freed by task `t`, in this step. */
export function release(o: KObject, t: Task): void {
  o.state = FREED;
  o.freeTask = t.id;
  o.freeStep = current.machine.step;
  current.machine.freed++;
  o.freeFunction = functionOf(t).name;
}

/**
 * kzalloc(GFP_KERNEL): may sleep, may fail where a failure is injected.
 * @param what the structure's name, as injected failures name it
 * @param make creates the object; runs when the op is performed
 * @returns the object, or null when the injected failure fires
 */
export function kzalloc<T extends KObject>(what: string, make: () => T): Step<T | null> {
  return announce(ALLOC, 'alloc', null, what, make);
}

/** kfree: at once; null is allowed and does nothing. */
export function kfree(object: KObject | null): Step<void> {
  return object === null ? nothing : announce(FREE, 'free', object, null, undefined);
}
