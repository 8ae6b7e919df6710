// Work queues: unbound, up to `maxActive` items at once, started in the order they were queued and
// finished in any order. Every item gets a worker task of its own. A worker clears PENDING before
// it calls the function and never touches the item afterwards (3.1, workqueue).
import { report } from '../core/finding';
import { AWAIT, footprint, READ, SIGNAL, VACATE, WRITE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { Embedded, KObject, objectClass, type Thing } from '../core/object';
import { performer } from '../core/performers';
import {
  announce,
  type Gen,
  modelFunction,
  registerFunction,
  type Step,
  type Task,
} from '../core/task';
import { dropHeld, type Lock, type LockClass, memberLockClass } from './lock-class';

const FILE = 'engine/primitives/workqueue.ts';
const workqueueClass = objectClass('workqueue_struct', 320);
/** WQ_DFL_ACTIVE: what `max_active` 0 means. */
const DEFAULT_ACTIVE = 256;

interface Item {
  readonly seq: number;
  /** Key of the task that runs it: which one it is shows in nothing else before the task begins. */
  worker: number;
  started: boolean;
  done: boolean;
}

/** A workqueue_struct. While an item runs, its worker holds the queue's pseudo-lock. */
export class Workqueue extends KObject implements Lock {
  readonly items: Item[] = [];
  queued = 0;
  running = 0;
  destroying = false;
  readonly lockClass: LockClass;
  constructor(
    label: string,
    readonly maxActive = DEFAULT_ACTIVE,
  ) {
    super(workqueueClass, label);
    this.lockClass = memberLockClass(workqueueClass, '(wq_completion)', true);
  }
}

/** A work_struct inside a memory object. */
export class Work extends Embedded {
  readonly thing = 'work';
  pending = false;
  fn: ((work: Work) => Step<void>) | null = null;
}

const workerInfo = registerFunction({
  name: 'process_one_work',
  file: FILE,
  upstream: 'kernel/workqueue.c',
  deviates: '',
  script: false,
});

interface Assignment {
  readonly wq: Workqueue;
  readonly item: Item;
}

function* workerBody(wq: Workqueue, item: Item, work: Work): Gen<void> {
  yield* announce<void>(START, 'work_start', work, null, { wq, item } as Assignment);
  yield* (work.fn as (w: Work) => Step<void>)(work);
  yield* announce<void>(END, 'work_end', wq, null, item.seq);
}

/** Is queueing refused? Installed by `faults/`; never, by default. */
export const queueWorkPolicy: { refuses: (m: Machine, t: Task) => boolean } = {
  refuses: () => false,
};

const QUEUE = performer('queue_work', (m, t) => {
  const wq = t.object as Workqueue;
  const work = t.value as Work;
  if (work.mem.state !== 0) {
    m.memoryAccess(m, t, work);
    return false;
  }
  if (wq.destroying) {
    report(m, {
      checker: 'warning',
      severity: 'warning',
      title: 'WARNING: workqueue: cannot queue work on a destroyed workqueue',
      message: `${t.frame.name} queues work on ${wq.name}, which is being destroyed`,
      identity: `queue-on-destroyed|${wq.cls.name}`,
      at: t,
      thing: wq,
    });
    return false;
  }
  if (work.pending || queueWorkPolicy.refuses(m, t)) return false;
  m.set(work, 'pending', true);
  const item: Item = { seq: ++wq.queued, worker: 0, started: false, done: false };
  wq.items.push(item);
  m.recorder?.delta(wq, 'queued', wq.items.length - 1, wq.items.length);
  const n = m.extras.get('workers') as number | undefined;
  m.extras.set('workers', (n ?? 0) + 1);
  const body = (): Gen<void> => workerBody(wq, item, work);
  item.worker = m.spawn(`kworker/u4:${n ?? 0}`, 'worker', false, workerInfo, body).key;
  return true;
});

const START = performer(
  'work_start',
  (m, t) => {
    const { wq, item } = t.value as Assignment;
    t.value = item.seq;
    item.started = true;
    m.set(wq, 'running', wq.running + 1);
    m.set(t.object as Work, 'pending', false);
    t.held.push(wq);
  },
  (_m, t) => {
    const { wq, item } = t.value as Assignment;
    if (wq.running >= wq.maxActive) return false;
    for (const i of wq.items) {
      if (i === item) return true;
      if (!i.started) return false;
    }
    return true;
  },
);

const END = performer('work_end', (m, t) => {
  const wq = t.object as Workqueue;
  const at = wq.items.findIndex((i) => i.seq === t.value);
  const item = wq.items[at] as Item;
  item.done = true;
  wq.items.splice(at, 1);
  dropHeld(t, wq as Thing);
  m.set(wq, 'running', wq.running - 1);
  m.recorder?.delta(wq, 'queued', wq.items.length + 1, wq.items.length);
});

const FLUSH_BEGIN = performer('flush_begin', (_m, t) => (t.object as Workqueue).queued);

const FLUSH_WAIT = performer(
  'flush_wait',
  () => undefined,
  (_m, t) => {
    const wq = t.object as Workqueue;
    for (const i of wq.items) if (i.seq <= (t.value as number)) return false;
    return true;
  },
);

const DESTROY = performer('destroy_workqueue', (m, t) => {
  m.set(t.object as Workqueue, 'destroying', true);
});

footprint('queue_work', (f, _m, _t, wq, _field, value) => {
  f.touch(wq.uid, '', WRITE);
  f.touch((value as Work).uid, '', WRITE);
  f.touch((value as Work).mem.uid, 'life', READ);
});
footprint('work_start', (f, _m, t, work) => {
  const wq = t.held[t.held.length - 1] as unknown as Workqueue;
  const seq = t.value as number;
  f.touch(work.uid, '', WRITE);
  f.touch(wq.uid, `start ${seq - 1}`, AWAIT);
  f.touch(wq.uid, `start ${seq}`, SIGNAL);
  // An ordered queue starts an item when the one before it has ended; between the two, any may be it.
  if (wq.maxActive === 1) f.touch(wq.uid, `end ${seq - 1}`, AWAIT);
  else if (wq.maxActive < DEFAULT_ACTIVE) f.touch(wq.uid, 'active', WRITE);
});
footprint('work_end', (f, _m, _t, wq, _field, seq) => {
  f.touch(wq.uid, `end ${seq}`, SIGNAL);
  const { maxActive, running } = wq as Workqueue;
  // Where as many ran as may, the next one could not have started before.
  const was = running + 1 === maxActive ? VACATE : WRITE;
  if (maxActive > 1 && maxActive < DEFAULT_ACTIVE) f.touch(wq.uid, 'active', was);
});
footprint('flush_begin', (f, _m, _t, wq) => f.touch(wq.uid, '', READ));
footprint('flush_wait', (f, _m, _t, wq, _field, upTo) => {
  for (let seq = 1; seq <= (upTo as number); seq++) f.touch(wq.uid, `end ${seq}`, AWAIT);
});

/**
 * queue_work
 * @returns false when the item was already pending (nothing happens then)
 */
export function queue_work(wq: Workqueue | null, work: Work): Step<boolean> {
  return announce(QUEUE, 'queue_work', wq, null, work);
}

/** flush_workqueue: waits for every item queued before the call. */
export const flush_workqueue = modelFunction(
  { name: 'flush_workqueue', file: FILE, upstream: 'kernel/workqueue.c' },
  function* (wq: Workqueue | null): Gen<void> {
    const upTo = yield* announce<number>(FLUSH_BEGIN, 'flush_begin', wq, null, undefined);
    yield* announce<void>(FLUSH_WAIT, 'flush_wait', wq, null, upTo);
  },
);

/** destroy_workqueue: refuses new work, waits for what is queued, then frees the queue. */
export const destroy_workqueue = modelFunction(
  { name: 'destroy_workqueue', file: FILE, upstream: 'kernel/workqueue.c' },
  function* (wq: Workqueue): Gen<void> {
    yield* announce<void>(DESTROY, 'destroy_workqueue', wq, null, undefined);
    const upTo = yield* announce<number>(FLUSH_BEGIN, 'flush_begin', wq, null, undefined);
    yield* announce<void>(FLUSH_WAIT, 'flush_wait', wq, null, upTo);
  },
);

/** The workers that a task waiting in `flush_wait` waits for. */
export function flushedWorkers(m: Machine, wq: Workqueue): Task[] {
  return m.tasks.filter((t) => t.alive && t.held.includes(wq as Thing));
}
