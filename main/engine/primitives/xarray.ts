// xarray: index to pointer with a lock of its own; every call here is one step under that lock
// (3.1). The forms that allocate with GFP_KERNEL may sleep first, and fail where that is injected.
import type { Machine } from '../core/machine';
import { Embedded, type KObject } from '../core/object';
import { performer } from '../core/performers';
import { announce, type Step, type Task } from '../core/task';
import { allocationPolicy } from './memory';

const ENOMEM = 12;
const EBUSY = 16;

/** A struct xarray inside a memory object. A slot that holds null is reserved. */
export class XArray<V extends KObject> extends Embedded {
  readonly thing = 'xarray';
  readonly slots = new Map<number, V | null>();
}

// biome-ignore lint/suspicious/noExplicitAny: one performer serves arrays of every entry type
type AnyArray = XArray<any>;
interface Entry {
  readonly name: string;
  readonly index: number;
  readonly value: KObject | null;
  readonly insert: boolean;
}

function noted(m: Machine, xa: AnyArray, index: number, change: () => void): void {
  if (m.recorder === null) {
    change();
    return;
  }
  const before = xa.slots.get(index) ?? '';
  change();
  const after = xa.slots.has(index) ? (xa.slots.get(index) ?? 'reserved') : '';
  m.recorder.delta(xa, `[${index}]`, before, after);
}

const LOAD = performer(
  'xa_load',
  (_m, t) => (t.object as AnyArray).slots.get(t.value as number) ?? null,
);

const STORE = performer('xa_store', (m, t) => {
  const xa = t.object as AnyArray;
  const { index, value, insert } = t.value as Entry;
  if (insert && xa.slots.has(index)) return -EBUSY;
  noted(m, xa, index, () => xa.slots.set(index, value));
  return 0;
});

const ERASE = performer('xa_erase', (m, t) => {
  const xa = t.object as AnyArray;
  const index = t.value as number;
  const old = xa.slots.get(index) ?? null;
  noted(m, xa, index, () => xa.slots.delete(index));
  return old;
});

const ALLOC = performer('xa_alloc', (m, t: Task) => {
  const xa = t.object as AnyArray;
  if (allocationPolicy.fails('xa_node', t)) return -ENOMEM;
  let index = 1;
  while (xa.slots.has(index)) index++;
  noted(m, xa, index, () => xa.slots.set(index, t.value as KObject));
  return index;
});

/** xa_load: the entry, or null when there is none or it is reserved. */
export function xa_load<V extends KObject>(xa: XArray<V> | null, index: number): Step<V | null> {
  return announce(LOAD, 'xa_load', xa, null, index);
}

function setStep<V extends KObject>(
  xa: XArray<V> | null,
  index: number,
  value: V | null,
  insert: boolean,
): Step<number> {
  const name = `[${index}] = ${value?.name ?? 'reserved'}`;
  const entry: Entry = { name, index, value, insert };
  return announce(STORE, 'xa_store', xa, null, entry);
}

/**
 * xa_insert; a null value reserves the slot (xa_reserve).
 * @returns 0, or -EBUSY when the slot is occupied or reserved
 */
export function xa_insert<V extends KObject>(
  xa: XArray<V> | null,
  index: number,
  value: V | null,
): Step<number> {
  return setStep(xa, index, value, true);
}

/** xa_store: set the entry whatever was there. */
export function xa_store<V extends KObject>(
  xa: XArray<V> | null,
  index: number,
  value: V,
): Step<number> {
  return setStep(xa, index, value, false);
}

/** xa_erase: take the entry out and return it. */
export function xa_erase<V extends KObject>(xa: XArray<V> | null, index: number): Step<V | null> {
  return announce(ERASE, 'xa_erase', xa, null, index);
}

/**
 * xa_alloc from 1 on, GFP_KERNEL: may sleep.
 * @returns the lowest free index, or -ENOMEM when the injected failure fires
 */
export function xa_alloc<V extends KObject>(xa: XArray<V> | null, value: V): Step<number> {
  return announce(ALLOC, 'xa_alloc', xa, null, value);
}
