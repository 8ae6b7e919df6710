// wait_event in a search by traces: a condition that says what it looks at is before or after what changes that, and
// nothing else; one that does not say may look at anything.
import { describe, expect, test } from 'vitest';
import { Dpor, type Gen, primitives as k, type Program } from '../../main/engine/api';
import { Box, machine, program } from '../support/world';

/** How a condition names what it looks at. */
type Named = readonly Box[];

interface Searched {
  readonly traces: number;
  readonly givenUp: number;
  /** Names of the tasks that wait at the end, of every execution. */
  readonly stuck: ReadonlySet<string>;
}

function search(p: Program): Searched {
  const m = machine();
  m.goesOn = true;
  const dpor = new Dpor();
  const stuck = new Set<string>();
  for (;;) {
    const outcome = dpor.run(m, p);
    const waiting = m.tasks.filter((t) => t.alive).map((t) => t.name);
    if (outcome !== 'cut') stuck.add(waiting.join(' '));
    if (!dpor.next(m, outcome)) return { traces: dpor.traces, givenUp: dpor.blocked, stuck };
  }
}

/** One waits for a number; others write it, and something else. */
function waiting(names: (flag: Box, other: Box) => Named, values: readonly number[]): Program {
  return program(() => {
    const [flag, other] = [new Box('flag'), new Box('other')];
    const queue = new k.WaitQueue(new Box('queue'), 'wait');
    return {
      *waiter(): Gen<void> {
        yield* k.wait_event(queue, () => flag.value === 1, ...names(flag, other));
      },
      *setter(): Gen<void> {
        for (const v of values) yield* k.write_once(flag, 'value', v);
      },
      *stranger(): Gen<void> {
        yield* k.write_once(other, 'value', 1);
        yield* k.wake_up(queue);
      },
    };
  });
}

describe('a condition', () => {
  test('that is made once: one trace', () => {
    const { traces, stuck } = search(waiting((flag) => [flag], [1]));
    expect({ traces, stuck: [...stuck] }).toEqual({ traces: 1, stuck: [''] });
  });

  test('that is made and unmade: the waiter comes in time, or never', () => {
    const { traces, stuck } = search(waiting((flag) => [flag], [1, 0]));
    expect({ traces, stuck: [...stuck].sort() }).toEqual({ traces: 2, stuck: ['', 'waiter'] });
  });

  test('that stays: before and after what does not change it, but changes what it looks at', () => {
    expect(search(waiting((flag) => [flag], [1, 1, 1])).traces).toBe(3);
  });

  test('that does not say what it looks at: before and after everything that changes something', () => {
    const { traces, stuck } = search(waiting(() => [], [1, 0]));
    expect([...stuck].sort()).toEqual(['', 'waiter']);
    expect(traces).toBeGreaterThan(2);
  });

  test('that names something else is refused, with who has changed it', () => {
    expect(() => search(waiting((_flag, other) => [other], [1, 0]))).toThrow(
      'the condition that waiter waits for in test_task was changed by a step of setter that touches nothing it says it looks at',
    );
  });
});
