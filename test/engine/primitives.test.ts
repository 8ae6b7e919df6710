// primitives: each behaves as section 3.1 of the specification says.
import { describe, expect, test } from 'vitest';
import {
  type Gen,
  primitives as k,
  ListHead,
  ListNode,
  type Step,
  sleepNs,
} from '../../main/engine/api';
import { Box, fired, machine, program, run, script } from '../support/world';

describe('mutex', () => {
  test('one owner at a time; the second waits', () => {
    const seen: string[] = [];
    const p = program(() => {
      const box = new Box('b');
      const lock = k.mutex(box, 'lock');
      const body = (who: string) =>
        function* (): Gen<void> {
          yield* k.mutex_lock(lock);
          seen.push(`${who} in`);
          yield* k.load(box, 'value');
          seen.push(`${who} out`);
          yield* k.mutex_unlock(lock);
        };
      return { a: body('a'), b: body('b') };
    });
    run(p, script(['a', 'b', 'a', 'b', 'a', 'b', 'a']));
    expect(seen).toEqual(['a in', 'a out', 'b in', 'b out']);
  });

  test('releasing a contended mutex touches it a second time', () => {
    const p = program(() => {
      const lock = k.mutex(new Box('b'), 'lock');
      const body = function* (): Gen<void> {
        yield* k.mutex_lock(lock);
        yield* k.mutex_unlock(lock);
      };
      return { a: body, b: body };
    });
    const { tables } = run(p, script(['a', 'b', 'a']));
    const kinds = [...tables.kind].map((x) => x);
    const alone = run(p, script(['a', 'a', 'a', 'a', 'b'])).tables.kind.length;
    expect(kinds.length).toBe(alone + 1);
  });

  test('the memory around it must live until the wake-up', () => {
    const p = program(() => {
      const box = new Box('b');
      const lock = k.mutex(box, 'lock');
      return {
        a: function* () {
          yield* k.mutex_lock(lock);
          yield* k.mutex_unlock(lock);
        },
        b: function* () {
          yield* k.mutex_lock(lock);
          yield* k.mutex_unlock(lock);
          yield* k.kfree(box);
        },
      };
    });
    const { m } = run(p, script(['a', 'b', 'a', 'b', 'b', 'b', 'a']));
    expect(fired(m)).toEqual(['use-after-free']);
  });
});

describe('refcount_t', () => {
  const rows: [string, number, (r: k.Refcount) => Step<unknown>, unknown, number, string][] = [
    ['inc', 1, k.refcount_inc, undefined, 2, ''],
    ['inc from 0', 0, k.refcount_inc, undefined, -0x40000000, 'addition on 0'],
    ['inc_not_zero', 3, k.refcount_inc_not_zero, true, 4, ''],
    ['inc_not_zero of 0', 0, k.refcount_inc_not_zero, false, 0, ''],
    ['dec_and_test to 1', 2, k.refcount_dec_and_test, false, 1, ''],
    ['dec_and_test to 0', 1, k.refcount_dec_and_test, true, 0, ''],
    ['dec_and_test below 0', 0, k.refcount_dec_and_test, false, -0x40000000, 'underflow'],
    ['dec_if_one of 1', 1, k.refcount_dec_if_one, true, 0, ''],
    ['dec_if_one of 2', 2, k.refcount_dec_if_one, false, 2, ''],
  ];
  test.each(rows)('%s', (_name, from, op, result, to, warning) => {
    let got: unknown;
    let ref: k.Refcount | undefined;
    const p = program(() => {
      const r = new k.Refcount(new Box('b'), 'users');
      ref = r;
      return {
        a: function* () {
          yield* k.refcount_set(r, from);
          got = yield* op(r);
        },
      };
    });
    const { m } = run(p);
    expect(got).toBe(result);
    expect(ref?.count).toBe(to);
    expect(m.findings.map((f) => f.title).join()).toContain(warning);
    expect(m.findings.length).toBe(warning === '' ? 0 : 1);
  });
});

describe('list', () => {
  test('add at head and tail, walk, delete', () => {
    const order: string[] = [];
    const p = program(() => {
      const owner = new Box('owner');
      const head = new ListHead<Box>(owner, 'items');
      const nodes = ['x', 'y', 'z'].map((n) => new ListNode(new Box(n), 'node'));
      return {
        a: function* () {
          yield* k.list_add(nodes[0] as ListNode<Box>, head);
          yield* k.list_add(nodes[1] as ListNode<Box>, head);
          yield* k.list_add_tail(nodes[2] as ListNode<Box>, head);
          yield* k.list_del(nodes[0] as ListNode<Box>);
          let n = yield* k.list_first(head);
          while (n !== null) {
            order.push(n.entry.name);
            n = yield* k.list_next(n);
          }
        },
      };
    });
    expect(fired(run(p).m)).toEqual([]);
    expect(order).toEqual(['y', 'z']);
  });

  test('adding next to a freed neighbour is a use-after-free', () => {
    const p = program(() => {
      const head = new ListHead<Box>(new Box('owner'), 'items');
      const x = new ListNode(new Box('x'), 'node');
      const y = new ListNode(new Box('y'), 'node');
      return {
        a: function* () {
          yield* k.list_add(x, head);
          yield* k.kfree(x.entry);
          yield* k.list_add(y, head);
        },
      };
    });
    expect(fired(run(p).m)).toEqual(['use-after-free']);
  });

  test('deleting twice is list corruption; del_init makes an empty node', () => {
    const p = (init: boolean) =>
      program(() => {
        const head = new ListHead<Box>(new Box('owner'), 'items');
        const x = new ListNode(new Box('x'), 'node');
        return {
          a: function* () {
            yield* k.list_add(x, head);
            yield* init ? k.list_del_init(x) : k.list_del(x);
            yield* k.list_del(x);
          },
        };
      });
    expect(fired(run(p(false)).m)).toEqual(['list-corruption']);
    expect(fired(run(p(true)).m)).toEqual([]);
  });
});

describe('rcu', () => {
  test('a grace period waits for readers that began before it, not for later ones', () => {
    const freed: string[] = [];
    const p = program(() => {
      const box = new Box('b');
      return {
        early: function* () {
          yield* k.rcu_read_lock();
          yield* k.load(box, 'value');
          yield* k.load(box, 'value');
          freed.push(box.state === 0 ? 'alive for early' : 'dead for early');
          yield* k.rcu_read_unlock();
        },
        writer: function* () {
          yield* k.kfree_rcu(box);
        },
      };
    });
    const { m, tables } = run(p, script(['early', 'early', 'writer', 'writer', 'rcu_core']));
    expect(freed).toEqual(['alive for early']);
    expect(fired(m)).toEqual([]);
    expect(tables.strings).toContain('freed');
  });
});

describe('workqueue', () => {
  test('flush waits for what was queued before it; a pending item is not queued twice', () => {
    const log: string[] = [];
    const p = program((m) => {
      const box = new Box('b');
      const wq = new k.Workqueue('wq0');
      m.roots.push(wq);
      const work = new k.Work(box, 'work');
      work.fn = () => k.load(box, 'value') as unknown as Step<void>;
      return {
        a: function* () {
          log.push(`first ${yield* k.queue_work(wq, work)}`);
          log.push(`second ${yield* k.queue_work(wq, work)}`);
          yield* k.flush_workqueue(wq);
          log.push(`left ${wq.items.length}`);
        },
      };
    });
    expect(run(p).outcome).toBe('quiescent');
    expect(log).toEqual(['first true', 'second false', 'left 0']);
  });
});

describe('completion', () => {
  test('one waiter per signal', () => {
    const p = program(() => {
      const c = new k.Completion(new Box('b'), 'done');
      const wait = function* (): Gen<void> {
        yield* k.wait_for_completion(c);
      };
      return {
        w1: wait,
        w2: wait,
        s: function* () {
          yield* k.complete(c);
        },
      };
    });
    const { m, outcome } = run(p);
    expect(outcome).toBe('stuck');
    expect(fired(m)).toEqual(['hung-task']);
  });
});

describe('rw-semaphore', () => {
  test('a waiting writer blocks new readers', () => {
    const log: string[] = [];
    const p = program(() => {
      const sem = k.rwsem(new Box('b'), 'sem');
      return {
        r1: function* () {
          yield* k.down_read(sem);
          yield* k.up_read(sem);
        },
        w: function* () {
          yield* k.down_write(sem);
          log.push('writer');
          yield* k.up_write(sem);
        },
        r2: function* () {
          yield* k.down_read(sem);
          log.push('reader 2');
          yield* k.up_read(sem);
        },
      };
    });
    run(p, script(['r1', 'r1', 'w', 'r2', 'r2', 'r1']));
    expect(log).toEqual(['writer', 'reader 2']);
  });
});

describe('virtual clock', () => {
  const p = program(() => ({
    a: function* () {
      yield* sleepNs(5000);
    },
  }));
  test('a timed machine skips to the next wake-up', () => {
    const { tables } = run(p, undefined, machine(true));
    expect(tables.time.at(-1)).toBeGreaterThanOrEqual(5000);
  });
  test('an untimed one lets a sleeper wake at any point', () => {
    const { tables } = run(p, undefined, machine(false));
    expect(tables.time.at(-1)).toBeLessThan(5000);
  });
});
