// kmemleak at quiescence: a live object that cannot be reached from the machine's roots or from
// the stack of a task that still runs is a leak (3.2).
import { report } from '../core/finding';
import type { Checker, Machine } from '../core/machine';
import { KObject } from '../core/object';
import { Task } from '../core/task';
import { ListHead } from '../primitives/list';
import { waitingForGrace } from '../primitives/rcu';

/** The last walk's mark. Below 0: searches of states mark things, too, with numbers above it. */
let mark = 0;
/** Fields that lead to what has no pointers: tables of constants. */
const isTable = (key: string): boolean => key === 'cls' || key === 'lockClass' || key === 'specs';

/** Follow every pointer from the roots until all of `wanted` were met; returns those that were not. */
function unreachable(m: Machine, wanted: Set<KObject>): Set<KObject> {
  const here = --mark;
  /** What bears no mark. */
  const seen = new Set<object>();
  const todo: object[] = [];
  const push = (v: unknown): void => {
    if (v === null || typeof v !== 'object' || v instanceof Task) return;
    const thing = v as { stamp?: number };
    if (thing.stamp === undefined) {
      if (seen.has(v)) return;
      seen.add(v);
    } else {
      if (thing.stamp === here) return;
      thing.stamp = here;
    }
    todo.push(v);
  };
  for (const r of m.roots) push(r);
  for (const o of waitingForGrace(m)) push(o);
  for (const t of m.tasks) {
    if (!t.alive) continue;
    push(t.value);
    push(t.object);
  }
  while (todo.length > 0 && wanted.size > 0) {
    const v = todo.pop() as object;
    if (v instanceof KObject) {
      wanted.delete(v);
      if (v.state !== 0) continue;
    }
    if (v instanceof ListHead) v.entries().forEach(push);
    else if (v instanceof Map) v.forEach(push);
    else if (Array.isArray(v)) v.forEach(push);
    else {
      for (const key in v) {
        const part = (v as Record<string, unknown>)[key];
        if (typeof part === 'object' && part !== null && !isTable(key)) push(part);
      }
    }
  }
  return wanted;
}

/** Leak at the end of a run. */
export function leakChecker(): Checker {
  return {
    name: 'leak',
    kinds: [],
    reset() {},
    save: () => null,
    end(m) {
      let suspects: Set<KObject> | null = null;
      const { objects } = m;
      for (let i = 0; i < objects.length; i++) {
        const o = objects[i] as KObject;
        if (o.state !== 0 || o.onStack || o.allocStep === 0) continue;
        suspects ??= new Set();
        suspects.add(o);
      }
      if (suspects === null) return;
      for (const o of unreachable(m, suspects)) {
        report(m, {
          checker: 'leak',
          severity: 'warning',
          title: `unreferenced object ${o.name} (size ${o.cls.bytes})`,
          message: `${o.name} was never freed and nothing points at it any more`,
          identity: `leak|${o.cls.name}`,
          thing: o,
          where: '',
          related: [{ label: 'allocated', step: o.allocStep }],
        });
      }
    },
  };
}
