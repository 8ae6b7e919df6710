// kmemleak at quiescence: a live object that cannot be reached from the machine's roots or from
// the stack of a task that still runs is a leak (3.2).
import { report } from '../core/finding';
import type { Checker } from '../core/machine';
import { type KObject, LIVE } from '../core/object';
import { Reach } from './reach';

/** Leak at the end of a run. */
export function leakChecker(): Checker {
  const reach = new Reach();
  const suspects: KObject[] = [];
  return {
    name: 'leak',
    kinds: [],
    reset() {},
    save: () => null,
    end(m) {
      while (suspects.length > 0) suspects.pop();
      const { objects } = m;
      for (let i = 0; i < objects.length; i++) {
        const o = objects[i] as KObject;
        if (o.state === LIVE && !o.onStack && o.allocStep !== 0) suspects.push(o);
      }
      if (suspects.length === 0) return;
      for (const o of reach.unreachable(m, suspects)) {
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
