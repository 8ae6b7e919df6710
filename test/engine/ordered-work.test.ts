// explorer: a search of states tells apart which worker has which item of a work queue, before any of them begins.
import { expect, test } from 'vitest';
import {
  allCheckers,
  type Gen,
  KObject,
  primitives as k,
  Machine,
  objectClass,
  type Program,
  registerFunction,
  Stateful,
} from '../../main/engine/api';

const info = registerFunction({
  name: 'ordered_work',
  file: 'test/engine/ordered-work.test.ts',
  upstream: '',
  deviates: '',
  script: true,
});
const thingClass = objectClass('thing', 64);

class Cell extends KObject {
  x = 0;
  readonly first = new k.Work(this, 'first');
  readonly second = new k.Work(this, 'second');
}

/** Two tasks queue an item each on a queue that runs one at a time. Who is the last decides what is left. */
function program(made: (cell: Cell) => void): Program {
  return (m) => {
    const wq = new k.Workqueue('wq', 1);
    const cell = new Cell(thingClass);
    made(cell);
    m.roots.push(wq, cell);
    for (const [i, work] of [cell.first, cell.second].entries()) {
      work.fn = () => k.write_once(cell, 'x', i + 1);
      m.spawn(`task ${i}`, 'process', false, info, function* (): Gen<void> {
        yield* k.queue_work(wq, work);
      });
    }
  };
}

test('both orders of two items', () => {
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  let cell: Cell | null = null;
  const p = program((c) => {
    cell = c;
  });
  const search = new Stateful();
  const left = new Set<number>();
  for (;;) {
    const outcome = search.run(m, p);
    if (outcome !== 'cut') left.add((cell as Cell | null)?.x ?? -1);
    if (!search.next(m, outcome)) break;
  }
  expect([...left].sort()).toEqual([1, 2]);
});
