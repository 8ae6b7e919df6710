// Random small programs over every primitive that orders tasks: two to four tasks, locks of all
// sorts, waits, references, RCU, work queues, fault choices. One number makes one program.
import {
  ALLOC_FAILURE,
  arm,
  current,
  DEFAULT_KNOBS,
  type Gen,
  KObject,
  primitives as k,
  type Machine,
  objectClass,
  type Program,
  Rng,
  registerFunction,
  type Step,
  type Task,
  task_join,
  USER_COPY_FAILS,
} from '../../main/engine/api';
import { user_copy } from '../../main/engine/primitives/user-copy';

const info = registerFunction({
  name: 'random_program',
  file: 'test/programs/random-program.ts',
  upstream: '',
  deviates: '',
  script: true,
});

const sharedClass = objectClass('shared', 64);
const workClass = objectClass('work_item', 64);

class Item extends KObject {
  readonly work = new k.Work(this, 'work');
  readonly node: InstanceType<typeof k.ListNode<Item>> = new k.ListNode<Item>(this, 'node');
  constructor() {
    super(workClass);
  }
}

/** What the tasks of a random program share. */
export class Shared extends KObject {
  x = 0;
  y = 0;
  pointer: Shared | null = null;
  readonly spin = k.spinlock(this, 'spin');
  readonly mutex = k.mutex(this, 'mutex');
  readonly rw = k.rwsem(this, 'rw');
  readonly ref = new k.Refcount(this, 'ref');
  readonly done = new k.Completion(this, 'done');
  readonly queue = new k.WaitQueue(this, 'queue');
  readonly slots: InstanceType<typeof k.XArray<Shared>> = new k.XArray<Shared>(this, 'slots');
  /** Pending or not: queued by whoever wants it. */
  readonly work = new k.Work(this, 'work');
  readonly list: InstanceType<typeof k.ListHead<Item>> = new k.ListHead<Item>(this, 'list');
  constructor() {
    super(sharedClass);
    this.ref.count = 2;
  }
}

type Part = (s: Shared, wq: InstanceType<typeof k.Workqueue>, seen: unknown[]) => Gen<void>;

/** Fault choices are drawn by ops; this one is as small as an op can be. */
function* maybe(): Gen<boolean> {
  const o = yield* k.kzalloc('thing', () => new Item());
  return o !== null;
}

/** Sees the shared number. */
const readX: Part = function* (s, _w, seen) {
  seen.push(yield* k.read_once(s, 'x'));
};

/** Changes it. */
const writeX: Part = function* (s) {
  yield* k.write_once(s, 'x', 1);
};

/** Looks under the mutex. */
const underMutex: Part = function* (s, _w, seen) {
  yield* k.mutex_lock(s.mutex);
  seen.push(yield* k.read_once(s, 'y'));
  yield* k.mutex_unlock(s.mutex);
};

/** Looks under the lock that readers share. */
const readShared: Part = function* (s, _w, seen) {
  yield* k.down_read(s.rw);
  seen.push(yield* k.read_once(s, 'x'));
  yield* k.up_read(s.rw);
};

/** Writes under it. */
const writeAlone: Part = function* (s) {
  yield* k.down_write(s.rw);
  yield* k.write_once(s, 'x', 7);
  yield* k.up_write(s.rw);
};

/** Plain and atomic accesses. */
const ACCESSES: Part[] = [
  readX,
  writeX,
  function* (s, _w, seen) {
    seen.push(yield* k.atomic_rmw(s, 'y', (v) => v + 1));
  },
  function* (s, _w, seen) {
    seen.push(yield* k.atomic_cmpxchg(s, 'y', 0, 5));
  },
];

const LOCKS: Part[] = [
  function* (s) {
    yield* k.spin_lock(s.spin);
    yield* k.write_once(s, 'y', 3);
    yield* k.spin_unlock(s.spin);
  },
  underMutex,
  function* (s, _w, seen) {
    const got = yield* k.spin_trylock(s.spin);
    seen.push(got);
    if (got) yield* k.spin_unlock(s.spin);
  },
  readShared,
  writeAlone,
];

const REFERENCES: Part[] = [
  function* (s, _w, seen) {
    const got = yield* k.refcount_inc_not_zero(s.ref);
    seen.push(got);
    if (got && (yield* k.refcount_dec_and_test(s.ref))) seen.push('last');
  },
  function* (s, _w, seen) {
    seen.push(yield* k.refcount_dec_and_test(s.ref));
  },
];

const COMPLETIONS: Part[] = [
  function* (s) {
    yield* k.complete(s.done);
  },
  function* (s) {
    yield* k.wait_for_completion(s.done);
  },
  function* (s, _w, seen) {
    seen.push(yield* k.completion_done(s.done));
  },
  function* (s) {
    yield* k.reinit_completion(s.done);
  },
];

const RCU: Part[] = [
  function* (s, _w, seen) {
    yield* k.rcu_read_lock();
    const p = yield* k.rcu_dereference(s, 'pointer');
    if (p !== null) seen.push(yield* k.read_once(p, 'x'));
    yield* k.rcu_read_unlock();
  },
  function* (s) {
    const old = yield* k.rcu_dereference(s, 'pointer');
    yield* k.rcu_assign_pointer(s, 'pointer', null);
    yield* k.kfree_rcu(old);
  },
  function* (s) {
    yield* k.rcu_assign_pointer(s, 'pointer', null);
    yield* k.synchronize_rcu();
  },
];

const WORK_QUEUE: Part[] = [
  function* (s, wq) {
    const item = new Item();
    item.work.fn = WORK;
    owners.set(item.work, s);
    yield* k.queue_work(wq, item.work);
  },
  function* (_s, wq) {
    yield* k.flush_workqueue(wq);
  },
];

/** Queues that are ordered or let two items run beside one another, items that are queued again, and queues that go. */
const QUEUES: Part[] = [
  function* (s, wq, seen) {
    seen.push(yield* k.queue_work(wq, s.work));
  },
  function* (s, wq) {
    const item = new Item();
    item.work.fn = function* () {
      yield* underMutex(s, wq, []);
    };
    yield* k.queue_work(wq, item.work);
  },
  function* (s, wq) {
    const item = new Item();
    item.work.fn = function* () {
      yield* k.queue_work(wq, s.work);
    };
    yield* k.queue_work(wq, item.work);
  },
  function* (_s, wq) {
    yield* k.flush_workqueue(wq);
  },
  function* (_s, wq) {
    yield* k.destroy_workqueue(wq);
  },
  underMutex,
  readX,
];

/** Tasks that start tasks, and wait for them or do not. */
const STARTERS: Part[] = [
  function* (s, wq, seen) {
    const child = start('child', () => readX(s, wq, seen));
    yield* k.write_once(s, 'x', 2);
    yield* task_join(child);
  },
  function* (s, wq) {
    start('orphan', () => underMutex(s, wq, []));
  },
  function* (s, wq) {
    start('starter', function* () {
      yield* writeX(s, wq, []);
      start('grandchild', () => writeAlone(s, wq, []));
    });
  },
  underMutex,
  readShared,
  writeX,
];

function start(name: string, body: () => Gen<void>): Task {
  return current.machine.spawn(name, 'process', false, info, function* () {
    yield* k.pr_info('begins');
    yield* body();
  });
}

/** Memory of user space that is read and written, which may fail. */
const COPIES: Part[] = [
  function* (s, _w, seen) {
    seen.push(yield* user_copy(s, 'to_user', 8));
  },
  function* (s, _w, seen) {
    yield* k.mutex_lock(s.mutex);
    const left = yield* user_copy(s, 'from_user', 8);
    if (left === 0) yield* k.write_once(s, 'y', 4);
    seen.push(left);
    yield* k.mutex_unlock(s.mutex);
  },
  underMutex,
  writeX,
];

const CHOICES: Part[] = [
  function* (_s, _w, seen) {
    seen.push(yield* maybe());
  },
];

/** A lock that readers share, taken and given back with nothing done under it, and in the hold of another. */
const READERS: Part[] = [
  function* (s) {
    yield* k.down_write(s.rw);
    yield* k.up_write(s.rw);
  },
  function* (s) {
    yield* k.down_read(s.rw);
    yield* k.up_read(s.rw);
  },
  writeAlone,
  readShared,
  function* (s) {
    yield* k.mutex_lock(s.mutex);
    yield* k.down_read(s.rw);
    yield* k.up_read(s.rw);
    yield* k.mutex_unlock(s.mutex);
  },
  function* (s) {
    yield* k.down_read(s.rw);
    yield* k.mutex_lock(s.mutex);
    yield* k.mutex_unlock(s.mutex);
    yield* k.up_read(s.rw);
  },
  function* (s) {
    yield* k.mutex_lock(s.mutex);
    yield* k.mutex_unlock(s.mutex);
  },
  writeX,
];

/** A condition that others make and unmake, waited for in both ways that the kernel knows, one of which can be late. */
const WAITS: Part[] = [
  function* (s) {
    yield* k.write_once(s, 'x', 1);
    yield* k.wake_up(s.queue);
  },
  function* (s) {
    yield* k.wait_event(s.queue, () => s.x > 0, s);
  },
  function* (s, _w, seen) {
    yield* k.prepare_to_wait(s.queue);
    const x = yield* k.read_once(s, 'x');
    seen.push(x);
    if (x === 0) yield* k.schedule(s.queue);
    yield* k.finish_wait(s.queue);
  },
  function* (s) {
    yield* k.wake_up(s.queue);
  },
  function* (s) {
    yield* k.write_once(s, 'x', 0);
  },
  readX,
];

/** The same, where nobody says what the condition looks at. */
const CONDITIONS: Part[] = [
  ...WAITS.filter((_, i) => i !== 1),
  function* (s) {
    yield* k.wait_event(s.queue, () => s.x > 0 && s.y === 0);
  },
  function* (s) {
    yield* k.write_once(s, 'y', 0);
  },
  function* (s, _w, seen) {
    seen.push(yield* k.atomic_rmw(s, 'y', (v) => v + 1));
  },
];

/** Slots that are taken, looked up and emptied. */
const SLOTS: Part[] = [
  function* (s, _w, seen) {
    seen.push((yield* k.xa_load(s.slots, 1)) !== null);
  },
  function* (s, _w, seen) {
    seen.push(yield* k.xa_insert(s.slots, 1, s));
  },
  function* (s, _w, seen) {
    seen.push((yield* k.xa_erase(s.slots, 1)) !== null);
  },
  function* (s, _w, seen) {
    seen.push(yield* k.xa_alloc(s.slots, s));
  },
  function* (s) {
    yield* k.xa_store(s.slots, 2, s);
  },
];

/** How many entries a walk meets; the list may change meanwhile. */
function* count(s: Shared): Gen<number> {
  let n = 0;
  let node = yield* k.list_first(s.list);
  while (node !== null && n < 4) {
    n++;
    node = yield* k.list_next(node);
  }
  return n;
}

/** A list with and without its lock. */
const LISTS: Part[] = [
  function* (s) {
    yield* k.list_add_tail(new Item().node, s.list);
  },
  function* (s) {
    yield* k.mutex_lock(s.mutex);
    const node = yield* k.list_first(s.list);
    if (node !== null) yield* k.list_del(node);
    yield* k.mutex_unlock(s.mutex);
  },
  function* (s) {
    const { node } = new Item();
    yield* k.list_add(node, s.list);
    yield* k.list_del_init(node);
  },
  function* (s, _w, seen) {
    seen.push(yield* count(s));
  },
  function* (s, _w, seen) {
    seen.push(yield* k.list_empty(s.list));
  },
];

/** What programs can be made of. */
export const FAMILIES = {
  all: [...ACCESSES, ...LOCKS, ...REFERENCES, ...COMPLETIONS, ...RCU, ...WORK_QUEUE, ...CHOICES],
  readers: READERS,
  locks: [...LOCKS, readX, writeX],
  references: [...REFERENCES, underMutex, ...CHOICES],
  completions: [...COMPLETIONS, readX, writeX, underMutex],
  rcu: [...RCU, underMutex],
  work: [...WORK_QUEUE, underMutex, ...COMPLETIONS.slice(0, 2)],
  waits: WAITS,
  conditions: CONDITIONS,
  slots: [...SLOTS, underMutex],
  lists: LISTS,
  queues: QUEUES,
  starters: STARTERS,
  copies: [...COPIES, ...CHOICES],
  // Without lists: what ruins one ends reports, so that what is found depends on who comes first within one trace.
  mixed: [...WAITS, ...LOCKS, ...COMPLETIONS, ...REFERENCES, ...WORK_QUEUE, ...SLOTS, ...RCU],
} as const;
export type Family = keyof typeof FAMILIES;

const owners = new WeakMap<object, Shared>();
const WORK = (work: InstanceType<typeof k.Work>): Step<void> =>
  k.write_once(owners.get(work) as Shared, 'x', 10);

/** How many items of a queue run at once. */
const ACTIVE = [1, 2, 256];

/** What the tasks have seen, by name, after a run. */
export interface Seen {
  shared: Shared | null;
  readonly values: unknown[][];
}

/** What a run came to: what tasks saw, what memory holds, who is stuck, what was found. */
export function behaviour(m: Machine, seen: Seen): string {
  const s = seen.shared;
  const stuck = m.tasks.filter((t) => t.alive && !t.daemon).map((t) => t.name);
  const found = m.findings.map((f) => f.identity).sort();
  return JSON.stringify([seen.values, s?.x, s?.y, s?.ref.count, s?.done.done, stuck, found]);
}

/**
 * The program of a seed.
 * @param steps steps of all tasks together, at most
 */
export function randomProgram(
  seed: number,
  steps: number,
  seen: Seen,
  family: Family = 'all',
): Program {
  const parts: readonly Part[] = FAMILIES[family];
  const rng = new Rng(seed);
  const n = 2 + rng.below(3);
  const plan: Part[][] = Array.from({ length: n }, () => []);
  for (let i = 0; i < steps; i++) {
    (plan[rng.below(n)] as Part[]).push(parts[rng.below(parts.length)] as Part);
  }
  const joins = rng.below(3) === 0;
  return (m: Machine) => {
    const s = new Shared();
    s.pointer = new Shared();
    s.work.fn = () => k.write_once(s, 'x', 11);
    const most =
      family === 'queues' ? (ACTIVE[seed % ACTIVE.length] as number) : 1 + (seed % 2) * 255;
    const wq = new k.Workqueue('wq', most);
    m.roots.push(s, wq);
    arm(m, ALLOC_FAILURE, [{ ...DEFAULT_KNOBS, object: '', probability: 50, times: 2 }]);
    if (family === 'copies')
      arm(m, USER_COPY_FAILS, [{ ...DEFAULT_KNOBS, probability: 50, times: 1 }]);
    seen.shared = s;
    seen.values.length = 0;
    const started: Task[] = [];
    plan.forEach((mine, i) => {
      const values: unknown[] = [];
      seen.values.push(values);
      function* body(): Gen<void> {
        // A task that begins by waiting for a mutex is seen to wait: not in its very first step, which
        // brute force takes at once.
        yield* k.pr_info('begins');
        for (const step of mine) yield* step(s, wq, values);
        if (joins && i === n - 1) {
          for (const t of started.slice(0, i)) yield* task_join(t);
          values.push(yield* k.read_once(s, 'x'));
        }
      }
      started.push(m.spawn(`t${i}`, 'process', false, info, body));
    });
  };
}
