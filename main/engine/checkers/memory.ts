// KASAN: every access to an object that has been freed, every second free, every free of something
// that did not come from the allocator, every null dereference (3.2). One report, then the run
// stops: what happens after it means nothing.
import { kindOf, lifeSteps, report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import type { KObject, Thing } from '../core/object';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId, WORD_BYTES } from '../core/vocabulary';

const FREE = kindId('free');
const RCU_FREE = kindId('rcu_free');
const WRITES = KINDS.map((k) => k.access === 'w' || k.access === 'rw');

function onAccess(m: Machine, t: Task, thing: Thing): void {
  const o = thing.mem as KObject;
  const where = functionOf(t).name;
  const freer = m.tasks[o.freeTask]?.name ?? '?';
  if (t.kind === FREE || t.kind === RCU_FREE) {
    report(m, {
      checker: 'double-free',
      severity: 'fatal',
      title: `BUG: KASAN: double-free in ${where}`,
      message: `double free of ${o.name} by ${t.name} in ${where}; first freed by ${freer}`,
      identity: `double-free|${o.cls.name}|${where}|${o.freeFunction}`,
      at: t,
      thing: o,
      related: lifeSteps(o),
      details: [describe(o)],
    });
    return;
  }
  const write = WRITES[t.kind];
  report(m, {
    checker: 'use-after-free',
    severity: 'fatal',
    title: `BUG: KASAN: slab-use-after-free in ${where}`,
    message: `use-after-free of ${o.name} in ${where} by ${t.name}, ${m.step - o.freeStep} steps \
after ${freer} freed it in ${o.freeFunction}`,
    identity: `use-after-free|${kindOf(thing)}|${where}|${o.freeFunction}`,
    at: t,
    thing: o,
    related: lifeSteps(o),
    details: [
      `${write ? 'Write' : 'Read'} of size ${WORD_BYTES} at ${thing.name} by task ${t.name}/${t.id}`,
      describe(o),
    ],
  });
}

function describe(o: KObject): string {
  return `The object ${o.name} belongs to the cache ${o.cls.name} of size ${o.cls.bytes}`;
}

function onNull(m: Machine, t: Task): void {
  const where = functionOf(t).name;
  const kind = KINDS[t.kind]?.name ?? '';
  report(m, {
    checker: 'null-dereference',
    severity: 'fatal',
    title: `BUG: kernel NULL pointer dereference in ${where}`,
    message: `${t.name} follows a null pointer in ${where} (${kind})`,
    identity: `null-dereference|${where}|${kind}`,
    at: t,
  });
}

/** use-after-free, double free, invalid free, null dereference. */
export function memoryChecker(): Checker {
  return {
    name: 'memory',
    kinds: ['free'],
    save: () => null,
    reset(m) {
      m.memoryAccess = onAccess;
      m.nullAccess = onNull;
    },
    after(m, t) {
      const o = t.object as KObject;
      if (!o.onStack) return;
      const where = functionOf(t).name;
      report(m, {
        checker: 'invalid-free',
        severity: 'fatal',
        title: `BUG: KASAN: invalid-free in ${where}`,
        message: `${t.name} frees ${o.name} in ${where}, which lives on a stack`,
        identity: `invalid-free|${o.cls.name}|${where}`,
        at: t,
        thing: o,
        details: [describe(o)],
      });
    },
  };
}
