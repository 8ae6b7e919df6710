// liveness: what does not come to an end is a finding that shows why, and what only waits for its turn
// is none.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  Campaign,
  type Gen,
  KObject,
  primitives as k,
  Machine,
  objectClass,
  type Program,
  type Strategy,
} from '../../main/engine/api';
import { Box, fired, machine, program, run, script } from '../support/world';

const pairClass = objectClass('pair', 64);

class Pair extends KObject {
  readonly a = k.spinlock(this, 'a');
  readonly b = k.spinlock(this, 'b');
  readonly queue = new k.WaitQueue(this, 'queue');
  readonly done = new k.Completion(this, 'done');
  ready = 0;
  constructor() {
    super(pairClass, 'pair');
  }
}

/** Both take one lock, try the other, give up, and start again. */
function polite(p: Pair): Record<string, () => Gen<unknown>> {
  const body = (first: Pair['a'], second: Pair['a']) =>
    function* (): Gen<void> {
      for (;;) {
        yield* k.spin_lock(first);
        const got = yield* k.spin_trylock(second);
        if (got) yield* k.spin_unlock(second);
        yield* k.spin_unlock(first);
        if (got) return;
      }
    };
  return { one: body(p.a, p.b), two: body(p.b, p.a) };
}

/** Spins until the other has set a flag. */
function spinner(b: Box): Record<string, () => Gen<unknown>> {
  return {
    *waiter() {
      while ((yield* k.read_once(b, 'value')) === 0);
    },
    *setter() {
      yield* k.write_once(b, 'value', 1);
    },
  };
}

/** Looks before it is on the queue, or after. */
function sleeper(p: Pair, careful: boolean): Record<string, () => Gen<unknown>> {
  return {
    *sleeper() {
      if (careful) yield* k.prepare_to_wait(p.queue);
      if ((yield* k.read_once(p, 'ready')) === 0) {
        if (!careful) yield* k.prepare_to_wait(p.queue);
        yield* k.schedule(p.queue);
      }
      yield* k.finish_wait(p.queue);
    },
    *waker() {
      yield* k.write_once(p, 'ready', 1);
      yield* k.wake_up(p.queue);
    },
  };
}

const STRATEGIES: Strategy[] = [
  { kind: 'bounded', bound: 3 },
  { kind: 'random', seed: 1 },
  { kind: 'pct', seed: 1, depth: 3 },
  { kind: 'stateful' },
  { kind: 'dpor', counts: false },
];

function found(p: Program, strategy: Strategy, budget = 300): string[] {
  const m = new Machine({ timed: false, maxSteps: 400 }, allCheckers());
  const c = new Campaign(m, p, { strategy, budget });
  while (!c.slice(50)) {}
  return c.findings().map((f) => f.finding.checker);
}

describe('livelock', () => {
  test('shows the steps that repeat', () => {
    // From here on turns alternate, and neither ever gets both.
    const p = program(() => polite(new Pair()));
    const { m, outcome } = run(p, script(['one', 'two', 'one', 'two']), machine(false, 8));
    expect(outcome).toBe('step-limit');
    expect(fired(m)).toEqual(['livelock']);
    const [f] = m.findings;
    expect(f?.message).toContain('one, two repeat the same 6 steps for ever');
    expect(f?.details).toHaveLength(6);
    expect(f?.details.join('\n')).toContain('spin_trylock pair.b gives false');
  });

  test('a task that waits for its turn is none', () => {
    for (const strategy of STRATEGIES) {
      expect(
        found(
          program(() => spinner(new Box('b'))),
          strategy,
          60,
        ),
      ).toEqual([]);
    }
  });

  test('a run that goes on beyond the limit is said not to be all', () => {
    const m = new Machine({ timed: false, maxSteps: 100 }, allCheckers());
    const strategy: Strategy = { kind: 'bounded', bound: 1 };
    const c = new Campaign(
      m,
      program(() => spinner(new Box('b'))),
      { strategy, budget: 5000 },
    );
    while (!c.slice(100)) {}
    expect(c.coverage.tooLong).toBeGreaterThan(0);
    expect(c.coverage.complete).toBe(false);
  });

  test('what never repeats is a run that is too long', () => {
    const p = program(() => {
      const b = new Box('b');
      return {
        *counter() {
          for (;;) yield* k.store(b, 'value', (yield* k.load(b, 'value')) + 1);
        },
      };
    });
    const { m } = run(p, undefined, machine(false, 50));
    expect(fired(m)).toEqual(['step-limit']);
    expect(m.findings[0]?.message).toContain('fairly scheduled');
  });
});

describe('lost wake-up', () => {
  for (const strategy of STRATEGIES) {
    test(`${strategy.kind} finds the one who looks too early, and clears the careful one`, () => {
      expect(
        found(
          program(() => sleeper(new Pair(), false)),
          strategy,
        ),
      ).toContain('lost-wakeup');
      expect(
        found(
          program(() => sleeper(new Pair(), true)),
          strategy,
        ),
      ).toEqual([]);
    });
  }

  test('names who woke nobody, and when', () => {
    const p = program(() => sleeper(new Pair(), false));
    const { m } = run(p, script(['sleeper', 'sleeper', 'waker', 'waker', 'waker', 'sleeper']));
    expect(m.findings[0]?.message).toMatch(/waker woke the queue at #\d+, when nobody was on it/);
  });

  test('a completion that was reset', () => {
    const p = program(() => {
      const pair = new Pair();
      return {
        *waiter() {
          yield* k.complete(pair.done);
          yield* k.reinit_completion(pair.done);
          yield* k.wait_for_completion(pair.done);
        },
      };
    });
    expect(fired(run(p).m)).toEqual(['lost-wakeup']);
  });
});

describe('hung task', () => {
  test('shows who waits for whom', () => {
    const p = program(() => {
      const pair = new Pair();
      return {
        *holder() {
          yield* k.spin_lock(pair.a);
          yield* k.wait_for_completion(pair.done);
        },
        *waiter() {
          yield* k.spin_lock(pair.a);
        },
      };
    });
    const { m } = run(p, script(['holder', 'holder', 'holder', 'waiter', 'waiter']));
    const f = m.findings.find((x) => x.checker === 'hung-task' && x.task === 'waiter');
    expect(f?.details[0]).toContain('held up by holder');
    expect(f?.details[1]).toContain('no task is left that could end this');
  });
});
