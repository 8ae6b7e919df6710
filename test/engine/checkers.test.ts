// checkers: each fires where it must and is silent where it must be.
import { describe, expect, test } from 'vitest';
import {
  allCheckers,
  type Gen,
  primitives as k,
  Machine,
  NotWaitedFor,
  steadyChooser,
} from '../../main/engine/api';
import { Box, fired, program, run, script } from '../support/world';

const one = (body: (b: Box) => Gen<unknown>) =>
  program((m) => {
    const b = new Box('b');
    m.roots.push(b);
    return { a: () => body(b) };
  });

describe('memory', () => {
  test('use-after-free names access, free and both tasks', () => {
    const p = program(() => {
      const b = new Box();
      return {
        user: function* () {
          yield* k.load(b, 'value');
          yield* k.store(b, 'value', 1);
        },
        freer: function* () {
          yield* k.kfree(b);
        },
      };
    });
    const { m } = run(p, script(['user', 'user', 'freer', 'freer', 'user']));
    const f = m.findings[0];
    expect(f?.checker).toBe('use-after-free');
    expect(f?.task).toBe('user');
    expect(f?.object).toBe('box#1');
    expect(f?.message).toContain('freer freed it');
    expect(f?.related.map((r) => r.label)).toEqual(['allocated', 'freed']);
  });
  test('double free', () => {
    const p = one(function* (b) {
      yield* k.kfree(b);
      yield* k.kfree(b);
    });
    expect(fired(run(p).m)).toEqual(['double-free']);
  });
  test('invalid free', () => {
    const p = one(function* (b) {
      b.onStack = true;
      yield* k.kfree(b);
    });
    expect(fired(run(p).m)).toEqual(['invalid-free']);
  });
  test('null dereference', () => {
    const p = one(function* (b) {
      yield* k.load(yield* k.load(b, 'other'), 'value');
    });
    expect(fired(run(p).m)).toEqual(['null-dereference']);
  });
  test('silent on live memory', () => {
    const p = one(function* (b) {
      yield* k.store(b, 'value', 2);
      yield* k.load(b, 'value');
      yield* k.kfree(null);
    });
    expect(fired(run(p).m)).toEqual([]);
  });
});

const abba = program((m) => {
  const b = new Box('b');
  m.roots.push(b);
  const la = k.mutex(b, 'A');
  const lb = k.mutex(b, 'B');
  const both = (x: typeof la, y: typeof la) =>
    function* (): Gen<void> {
      yield* k.mutex_lock(x);
      yield* k.mutex_lock(y);
      yield* k.mutex_unlock(y);
      yield* k.mutex_unlock(x);
    };
  return { ab: both(la, lb), ba: both(lb, la) };
});

describe('lock order and deadlock', () => {
  test('the wrong order is reported although nothing blocked', () => {
    const { m, outcome } = run(abba);
    expect(fired(m)).toEqual(['lock-order']);
    expect(outcome).toBe('quiescent');
    expect(m.findings[0]?.details.join('\n')).toContain('box.A -> box.B');
  });
  test('the deadlock is found when the cycle closes', () => {
    const { m } = run(abba, script(['ab', 'ab', 'ba', 'ba']));
    expect(fired(m)).toEqual(['deadlock']);
    expect(m.findings[0]?.details).toHaveLength(2);
  });
  test('silent when everybody takes them in one order', () => {
    const p = program(() => {
      const b = new Box('b');
      const la = k.mutex(b, 'A');
      const lb = k.mutex(b, 'B');
      const body = function* (): Gen<void> {
        yield* k.mutex_lock(la);
        yield* k.mutex_lock(lb);
        yield* k.mutex_unlock(lb);
        yield* k.mutex_unlock(la);
      };
      return { x: body, y: body };
    });
    expect(fired(run(p).m)).toEqual([]);
  });
  test('two locks of one class nested', () => {
    const p = program(() => {
      const la = k.mutex(new Box('x'), 'lock');
      const lb = k.mutex(new Box('y'), 'lock');
      return {
        a: function* () {
          yield* k.mutex_lock(la);
          yield* k.mutex_lock(lb);
          yield* k.mutex_unlock(lb);
          yield* k.mutex_unlock(la);
        },
      };
    });
    expect(run(p).m.findings[0]?.title).toContain('recursive locking');
  });
  test('flush under a lock that the work takes', () => {
    const p = program((m) => {
      const b = new Box('b');
      m.roots.push(b);
      const lock = k.mutex(b, 'lock');
      const wq = new k.Workqueue('wq0');
      m.roots.push(wq);
      const work = new k.Work(b, 'work');
      work.fn = () => k.mutex_lock(lock);
      return {
        a: function* () {
          yield* k.queue_work(wq, work);
          yield* k.mutex_lock(lock);
          yield* k.flush_workqueue(wq);
        },
      };
    });
    expect(fired(run(p, script(['a', 'a', 'a', 'kworker/u4:0', 'kworker/u4:0'])).m)).toContain(
      'deadlock',
    );
  });
  test('bad unlock balance', () => {
    const p = one(function* (b) {
      yield* k.mutex_unlock(k.mutex(b, 'lock'));
    });
    expect(run(p).m.findings[0]?.title).toContain('bad unlock balance');
  });
});

describe('context', () => {
  test('sleeping under a spinlock', () => {
    const p = one(function* (b) {
      const spin = k.spinlock(b, 'spin');
      const lock = k.mutex(b, 'lock');
      yield* k.spin_lock(spin);
      yield* k.mutex_lock(lock);
      yield* k.mutex_unlock(lock);
      yield* k.spin_unlock(spin);
    });
    expect(fired(run(p).m)).toContain('atomic-sleep');
  });
  test('a lock held at exit', () => {
    const p = one(function* (b) {
      yield* k.mutex_lock(k.mutex(b, 'lock'));
    });
    expect(fired(run(p).m)).toEqual(['lock-held-at-exit']);
  });
});

describe('leak', () => {
  const alloc = (keep: boolean) =>
    one(function* (b) {
      const made = yield* k.kzalloc('box', () => new Box());
      if (keep) yield* k.store(b, 'other', made);
    });
  test('an object nobody points at', () => {
    expect(fired(run(alloc(false)).m)).toEqual(['leak']);
  });
  test('silent while a root leads to it', () => {
    expect(fired(run(alloc(true)).m)).toEqual([]);
  });
});

describe('runs that do not end', () => {
  test('an op that is not waited for is an error', () => {
    const p = one(function* (b) {
      k.load(b, 'value');
      yield* k.load(b, 'value');
    });
    expect(() => run(p)).toThrow(NotWaitedFor);
  });
});

describe('data races (KCSAN)', () => {
  const race = (build: Parameters<typeof program>[0]): string[] => {
    const m = new Machine({ timed: false, maxSteps: 2000 }, allCheckers(true));
    return fired(run(program(build), steadyChooser, m).m);
  };
  const box = () => new Box('box');

  test('a plain write against a plain read, with nothing between them', () => {
    const found = race(() => {
      const b = box();
      return {
        *writer() {
          yield* k.store(b, 'value', 1);
        },
        *reader() {
          yield* k.load(b, 'value');
        },
      };
    });
    expect(found).toEqual(['data-race']);
  });

  test('marked accesses do not race with each other', () => {
    const found = race(() => {
      const b = box();
      return {
        *writer() {
          yield* k.write_once(b, 'value', 1);
        },
        *reader() {
          yield* k.read_once(b, 'value');
        },
      };
    });
    expect(found).toEqual([]);
  });

  test('a lock orders', () => {
    const found = race(() => {
      const b = box();
      const lock = k.mutex(b, 'lock');
      function* body() {
        yield* k.mutex_lock(lock);
        yield* k.store(b, 'value', 1);
        yield* k.mutex_unlock(lock);
      }
      return { a: body, b: body };
    });
    expect(found).toEqual([]);
  });

  test('freeing counts as a write', () => {
    const found = race(() => {
      const b = box();
      return {
        *reader() {
          yield* k.load(b, 'value');
        },
        *freer() {
          yield* k.kfree(b);
        },
      };
    });
    expect(found).toEqual(['data-race']);
  });
});

describe('context', () => {
  test("freeing memory with a lock of one's own in it", () => {
    const p = program((m) => {
      const b = new Box('b');
      m.roots.push(b);
      const lock = k.mutex(b, 'lock');
      return {
        *a() {
          yield* k.mutex_lock(lock);
          yield* k.kfree(b);
        },
      };
    });
    const { m } = run(p);
    expect(m.findings.map((f) => f.title)).toContain('WARNING: held lock freed!');
  });

  test('an RCU pointer is read in a read section, or under a lock', () => {
    const body = (protect: boolean) =>
      one(function* (b) {
        if (protect) yield* k.rcu_read_lock();
        yield* k.rcu_dereference(b, 'other');
        if (protect) yield* k.rcu_read_unlock();
      });
    expect(fired(run(body(false)).m)).toEqual(['suspicious-rcu']);
    expect(fired(run(body(true)).m)).toEqual([]);
  });

  test('lockdep_assert_held', () => {
    const body = (holds: boolean) =>
      one(function* (b) {
        const lock = k.mutex(b, 'lock');
        if (holds) yield* k.mutex_lock(lock);
        yield* k.lockdep_assert_held(lock);
        if (holds) yield* k.mutex_unlock(lock);
      });
    expect(fired(run(body(false)).m)).toEqual(['warning']);
    expect(fired(run(body(true)).m)).toEqual([]);
  });
});
