// refcount_t: a counter that saturates instead of wrapping, with the kernel's warnings (3.1).
// Negative values count as saturated; each warning is given once per run.
import { report } from '../core/finding';
import { type Footprints, footprint, READ, WRITE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { Embedded } from '../core/object';
import { performer } from '../core/performers';
import { announce, functionOf, type Step, type Task } from '../core/task';

/** REFCOUNT_SATURATED: 0xC0000000 as a signed number. */
export const SATURATED = -0x40000000;
const MAX = 0x7fffffff;

/** A refcount_t inside a memory object. */
export class Refcount extends Embedded {
  readonly thing = 'refcount';
  count = 0;
}

function setCount(m: Machine, r: Refcount, n: number): void {
  if (m.recorder !== null) m.recorder.delta(r, 'count', r.count, n);
  r.count = n;
}

function warn(m: Machine, t: Task, r: Refcount, text: string): void {
  report(m, {
    checker: 'refcount',
    severity: 'warning',
    title: `refcount_t: ${text}`,
    message: `${functionOf(t).name}: ${text} on ${r.name}`,
    identity: `refcount|${text}|${r.mem.cls.name}.${r.member}|${functionOf(t).name}`,
    at: t,
    thing: r,
  });
}

function saturate(m: Machine, t: Task, r: Refcount, text: string): void {
  setCount(m, r, SATURATED);
  warn(m, t, r, text);
}

const SET = performer('refcount_set', (m, t) => {
  setCount(m, t.object as Refcount, t.value as number);
});

const INC = performer('refcount_inc', (m, t) => {
  const r = t.object as Refcount;
  if (r.count === 0) saturate(m, t, r, 'addition on 0; use-after-free.');
  else if (r.count < 0 || r.count === MAX) saturate(m, t, r, 'saturated; leaking memory.');
  else setCount(m, r, r.count + 1);
});

const INC_NOT_ZERO = performer('refcount_inc_not_zero', (m, t) => {
  const r = t.object as Refcount;
  if (r.count === 0) return false;
  if (r.count < 0 || r.count === MAX) saturate(m, t, r, 'saturated; leaking memory.');
  else setCount(m, r, r.count + 1);
  return true;
});

const DEC = performer('refcount_dec', (m, t) => {
  const r = t.object as Refcount;
  if (r.count <= 1) saturate(m, t, r, 'decrement hit 0; leaking memory.');
  else setCount(m, r, r.count - 1);
});

const DEC_AND_TEST = performer('refcount_dec_and_test', (m, t) => {
  const r = t.object as Refcount;
  if (r.count === 1) {
    setCount(m, r, 0);
    return true;
  }
  if (r.count <= 0) {
    saturate(m, t, r, 'underflow; use-after-free.');
    return false;
  }
  setCount(m, r, r.count - 1);
  return false;
});

const DEC_IF_ONE = performer('refcount_dec_if_one', (m, t) => {
  const r = t.object as Refcount;
  if (r.count !== 1) return false;
  setCount(m, r, 0);
  return true;
});

/**
 * A reference taken or dropped commutes with others as long as the count stays above 0, where a
 * search asks for that (`explore.md` section 4.4).
 */
function counting(f: Footprints, r: Refcount, dropped: boolean): void {
  if (r.count > 0) f.count(r.uid, dropped, r.count);
  else f.touch(r.uid, '', WRITE);
}

footprint('refcount_inc', (f, _m, _t, r) => counting(f, r as Refcount, false));
footprint('refcount_inc_not_zero', (f, _m, _t, r, _field, _value, taken) => {
  if (taken === false) f.touch(r.uid, '', READ);
  else counting(f, r as Refcount, false);
});
footprint('refcount_dec', (f, _m, _t, r) => counting(f, r as Refcount, true));
footprint('refcount_dec_and_test', (f, _m, _t, r) => counting(f, r as Refcount, true));
footprint('refcount_dec_if_one', (f, _m, _t, r, _field, _value, dropped) => {
  f.touch(r.uid, '', dropped === true ? WRITE : READ);
});

/** refcount_set */
export function refcount_set(r: Refcount | null, n: number): Step<void> {
  return announce(SET, 'refcount_set', r, null, n);
}

/** refcount_inc: warns and saturates when the count is 0. */
export function refcount_inc(r: Refcount | null): Step<void> {
  return announce(INC, 'refcount_inc', r, null, undefined);
}

/** refcount_inc_not_zero: false, without a warning, when the count is 0. */
export function refcount_inc_not_zero(r: Refcount | null): Step<boolean> {
  return announce(INC_NOT_ZERO, 'refcount_inc_not_zero', r, null, undefined);
}

/** refcount_dec: warns and saturates when it would reach 0. */
export function refcount_dec(r: Refcount | null): Step<void> {
  return announce(DEC, 'refcount_dec', r, null, undefined);
}

/** refcount_dec_and_test: true for the one who reached 0. */
export function refcount_dec_and_test(r: Refcount | null): Step<boolean> {
  return announce(DEC_AND_TEST, 'refcount_dec_and_test', r, null, undefined);
}

const READ_COUNT = performer('refcount_read', (_m, t) => (t.object as Refcount).count);

/** refcount_read */
export function refcount_read(r: Refcount | null): Step<number> {
  return announce(READ_COUNT, 'refcount_read', r, null, undefined);
}

/** refcount_dec_if_one: true and 0 only from exactly 1. */
export function refcount_dec_if_one(r: Refcount | null): Step<boolean> {
  return announce(DEC_IF_ONE, 'refcount_dec_if_one', r, null, undefined);
}
