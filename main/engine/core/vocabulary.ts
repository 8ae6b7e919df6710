// The op vocabulary: every atomic visible step a machine can perform, as data. Recorder, checkers,
// exporters and the timeline read this table; none of them knows an op by anything but its entry.
// Adding a kind means adding a row here and a performer in `primitives/` or `hardware/`.

/** How an op touches its object; two ops on one object conflict unless both are `r`. */
export type Access = 'r' | 'w' | 'rw' | 'none';

/** The family of an op: decides its colour and shape on the timeline. */
export type Family =
  | 'memory'
  | 'lock'
  | 'refcount'
  | 'lifetime'
  | 'rcu'
  | 'work'
  | 'wait'
  | 'task'
  | 'hardware'
  | 'time'
  | 'note';

export interface KindInfo {
  readonly id: number;
  readonly name: string;
  readonly family: Family;
  readonly access: Access;
  /** Virtual cost of the op in nanoseconds. */
  readonly costNs: number;
  /** May the task have to wait before the op can be performed? */
  readonly blocking: boolean;
  /** May the op sleep, so that it is forbidden under a spinlock or in an RCU read section? */
  readonly sleeps: boolean;
  /** Plain-language explanation for hover text and reports. */
  readonly text: string;
}

const rows: [
  name: string,
  family: Family,
  access: Access,
  costNs: number,
  flags: string,
  text: string,
][] = [
  ['load', 'memory', 'r', 2, '', 'plain read'],
  ['store', 'memory', 'w', 2, '', 'plain write'],
  ['read_once', 'memory', 'r', 2, '', 'marked read (READ_ONCE)'],
  ['write_once', 'memory', 'w', 2, '', 'marked write (WRITE_ONCE)'],
  ['atomic_rmw', 'memory', 'rw', 10, '', 'atomic read-modify-write'],
  ['atomic_cmpxchg', 'memory', 'rw', 10, '', 'compare and exchange'],
  ['list_add', 'memory', 'w', 5, '', 'entry linked into a list'],
  ['list_del', 'memory', 'w', 5, '', 'entry unlinked from a list'],
  ['list_empty', 'memory', 'r', 2, '', 'list tested for entries'],
  ['list_first', 'memory', 'r', 2, '', 'walk of a list begins'],
  ['list_next', 'memory', 'r', 2, '', 'walk of a list goes on'],
  ['alloc', 'lifetime', 'none', 50, 's', 'memory allocated'],
  ['free', 'lifetime', 'w', 40, '', 'memory freed'],
  ['kfree_rcu', 'lifetime', 'w', 15, '', 'freeing postponed to the end of a grace period'],
  ['rcu_free', 'lifetime', 'w', 40, 'b', 'grace period over, memory freed'],
  ['rcu_read_lock', 'rcu', 'none', 2, '', 'RCU read section begins'],
  ['rcu_read_unlock', 'rcu', 'none', 2, '', 'RCU read section ends'],
  ['rcu_dereference', 'rcu', 'r', 2, '', 'RCU-protected pointer read'],
  ['rcu_assign_pointer', 'rcu', 'w', 4, '', 'RCU-protected pointer published'],
  ['synchronize_rcu', 'rcu', 'none', 5, 's', 'grace period begun'],
  ['grace_period', 'rcu', 'none', 50, 'bs', 'grace period waited for'],
  ['refcount_read', 'refcount', 'r', 2, '', 'reference count read'],
  ['refcount_set', 'refcount', 'w', 4, '', 'reference count initialised'],
  ['refcount_inc', 'refcount', 'rw', 10, '', 'reference taken'],
  ['refcount_inc_not_zero', 'refcount', 'rw', 10, '', 'reference taken unless the count is 0'],
  ['refcount_dec', 'refcount', 'rw', 10, '', 'reference dropped that is not the last'],
  ['refcount_dec_and_test', 'refcount', 'rw', 10, '', 'reference dropped'],
  ['refcount_dec_if_one', 'refcount', 'rw', 10, '', 'last reference dropped, or nothing'],
  ['xa_load', 'memory', 'r', 5, '', 'array entry read'],
  ['xa_store', 'memory', 'w', 10, '', 'array entry set'],
  ['xa_erase', 'memory', 'w', 10, '', 'array entry taken out'],
  ['xa_alloc', 'memory', 'w', 30, 's', 'array entry set at a free index'],
  ['user_copy', 'wait', 'r', 200, 'bs', 'copy to or from user space'],
  ['page_map', 'memory', 'w', 50, '', 'page made present'],
  ['page_unmap', 'memory', 'w', 50, '', 'pages taken away'],
  ['mutex_lock', 'lock', 'rw', 20, 'bs', 'mutex acquired'],
  ['mutex_unlock', 'lock', 'rw', 15, '', 'mutex released'],
  ['mutex_wake', 'lock', 'rw', 15, '', 'first waiter of a released mutex woken'],
  ['down_read', 'lock', 'rw', 20, 'bs', 'rw-semaphore acquired for reading'],
  ['up_read', 'lock', 'rw', 15, '', 'rw-semaphore released by a reader'],
  ['down_write', 'lock', 'rw', 20, 'bs', 'rw-semaphore acquired for writing'],
  ['up_write', 'lock', 'rw', 15, '', 'rw-semaphore released by the writer'],
  ['spin_lock', 'lock', 'rw', 10, 'b', 'spinlock acquired'],
  ['mutex_trylock', 'lock', 'rw', 20, '', 'mutex acquired if it is free'],
  ['spin_trylock', 'lock', 'rw', 10, '', 'spinlock acquired if it is free'],
  ['spin_unlock', 'lock', 'rw', 8, '', 'spinlock released'],
  ['queue_work', 'work', 'rw', 30, '', 'work item queued'],
  ['work_start', 'work', 'rw', 40, 'b', 'worker takes a work item'],
  ['work_end', 'work', 'rw', 10, '', 'work item finished'],
  ['flush_begin', 'work', 'r', 20, 's', 'flush notes the work queued so far'],
  ['flush_wait', 'work', 'r', 20, 'bs', 'flush waits for that work'],
  ['destroy_workqueue', 'work', 'w', 40, '', 'work queue destroyed'],
  ['complete', 'wait', 'rw', 15, '', 'completion signalled'],
  ['wake_up', 'wait', 'w', 10, '', 'sleepers on a wait queue woken'],
  ['completion_done', 'wait', 'r', 5, '', 'completion tested'],
  ['wait_for_completion', 'wait', 'rw', 20, 'bs', 'completion waited for'],
  ['reinit_completion', 'wait', 'w', 5, '', 'completion reset'],
  ['wait_event', 'wait', 'r', 20, 'bs', 'condition waited for'],
  ['task_start', 'task', 'none', 10, 'b', 'task begins'],
  ['task_join', 'task', 'r', 10, 'bs', 'another task waited for'],
  ['task_exit', 'task', 'none', 10, '', 'task ends'],
  ['page_request', 'hardware', 'rw', 100, 'b', 'device sends a page request'],
  ['prq_enqueue', 'hardware', 'rw', 100, 'b', 'page request lands in the request queue'],
  ['page_response', 'hardware', 'rw', 100, '', 'device receives a page group response'],
  ['wait_response', 'hardware', 'r', 50, 'b', 'device waits for the response'],
  ['ats_translate', 'hardware', 'r', 60, '', 'device asks for a translation'],
  ['pasid_entry', 'hardware', 'w', 60, '', 'PASID table entry written'],
  ['invalidate', 'hardware', 'rw', 200, 'b', 'cached translations invalidated'],
  ['surprise_removal', 'hardware', 'w', 10, '', 'device disappears from the bus'],
  ['reg_read', 'hardware', 'r', 100, '', 'hardware register read'],
  ['reg_write', 'hardware', 'w', 100, '', 'hardware register written'],
  ['ring_wait', 'hardware', 'r', 20, 'b', 'interrupt thread waits for the ring'],
  ['hw_drain', 'hardware', 'r', 200, 'b', 'hardware drain waited for'],
  ['device_stop', 'hardware', 'w', 50, '', 'device told to stop the work of a PASID'],
  ['device_idle', 'hardware', 'r', 50, 'b', 'device waited for until a PASID is idle'],
  ['udelay', 'time', 'none', 0, 'b', 'task delayed'],
  ['skipped', 'note', 'none', 0, '', 'step left out by a mutation of the model'],
  ['printk', 'note', 'none', 5, '', 'kernel log line'],
  ['mark', 'note', 'none', 0, '', 'mark set by the script'],
  ['broken_invariant', 'note', 'none', 0, '', 'invariant found broken'],
  ['assert', 'note', 'none', 0, '', 'expectation of the script checked'],
  ['prepare_to_wait', 'wait', 'rw', 10, '', 'task put on a wait queue'],
  ['schedule', 'wait', 'r', 20, 'bs', 'task on a wait queue sleeps until woken'],
  ['finish_wait', 'wait', 'rw', 10, '', 'task taken off a wait queue'],
];

/** Every op kind in the order of its id. */
export const KINDS: readonly KindInfo[] = rows.map(
  ([name, family, access, costNs, flags, text], id) => ({
    id,
    name,
    family,
    access,
    costNs,
    blocking: flags.includes('b'),
    sleeps: flags.includes('s'),
    text,
  }),
);

const ids = new Map(KINDS.map((k) => [k.name, k.id]));

/**
 * The id of an op kind.
 * @throws Error when the vocabulary has no such kind: a programming error.
 */
export function kindId(name: string): number {
  const id = ids.get(name);
  if (id === undefined) throw new Error(`vocabulary has no op kind "${name}"`);
  return id;
}

/** Number of bytes in a word of the emulated machine; used in splats. */
export const WORD_BYTES = 8;
