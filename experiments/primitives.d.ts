// Made from the docstrings of main/engine/primitives by test/runner/typings.test.ts: `npm test -- -u` renews it.
declare module 'faultline' {
  /** The primitives that kernel code is written with. */
  export interface Primitives {
    /**
     * A struct completion inside a memory object.
     */
    readonly Completion: new (mem: any, member: string) => any;
    /**
     * The head of a list, embedded in its owner.
     */
    readonly ListHead: new (mem: any, member: string) => any;
    /**
     * The place of an entry in a list, embedded in the entry.
     */
    readonly ListNode: new (entry: any, member: string) => any;
    /**
     * A mutex inside a memory object.
     */
    readonly Mutex: new (mem: any, member: string, lockClass: any) => any;
    /**
     * A refcount_t inside a memory object.
     */
    readonly Refcount: new (mem: any, member: string) => any;
    /**
     * A rw-semaphore inside a memory object. `owner` is the writer.
     */
    readonly RwSemaphore: new (mem: any, member: string, lockClass: any) => any;
    /**
     * A spinlock inside a memory object.
     */
    readonly Spinlock: new (mem: any, member: string, lockClass: any) => any;
    /**
     * WARN_ON(condition): a finding when the condition holds.
     */
    WARN_ON(condition: boolean, text: string): Step<void>;
    /**
     * A wait_queue_head_t inside a memory object.
     */
    readonly WaitQueue: new (mem: any, member: string) => any;
    /**
     * A work_struct inside a memory object.
     */
    readonly Work: new (mem: any, member: string) => any;
    /**
     * A workqueue_struct. While an item runs, its worker holds the queue's pseudo-lock.
     */
    readonly Workqueue: new (label: string, maxActive?: number) => any;
    /**
     * A struct xarray inside a memory object. A slot that holds null is reserved.
     */
    readonly XArray: new (mem: any, member: string) => any;
    /**
     * cmpxchg: set `object.field` to `to` if it is `from`.
     * @returns the value before; it succeeded when that is `from`
     */
    atomic_cmpxchg(object: any, field: any, from: any, to: any): Step<any>;
    /**
     * Atomic read-modify-write of a numeric field; `change` must be pure.
     * @returns the value before
     */
    atomic_rmw(object: any, field: any, change: any): Step<number>;
    /**
     * complete: wakes one waiter.
     */
    complete(c: any): Step<void>;
    /**
     * completion_done: has it been signalled since the last reinit?
     */
    completion_done(c: any): Step<boolean>;
    /**
     * destroy_workqueue: refuses new work, waits for what is queued, then frees the queue.
     */
    destroy_workqueue(...args: readonly any[]): Step<void>;
    /**
     * Acquire for reading.
     */
    down_read(lock: any): Step<void>;
    /**
     * Acquire for writing.
     */
    down_write(lock: any): Step<void>;
    /**
     * finish_wait: off the queue again.
     */
    finish_wait(q: any): Step<void>;
    /**
     * flush_workqueue: waits for every item queued before the call.
     */
    flush_workqueue(...args: readonly any[]): Step<void>;
    /**
     * kfree: at once; null is allowed and does nothing.
     */
    kfree(object: any): Step<void>;
    /**
     * kfree_rcu: free after a grace period; returns at once.
     */
    kfree_rcu(object: any): Step<void>;
    /**
     * kzalloc(GFP_KERNEL): may sleep, may fail where a failure is injected.
     * @param what the structure's name, as injected failures name it
     * @param make creates the object; runs when the op is performed
     * @returns the object, or null when the injected failure fires
     */
    kzalloc(what: string, make: any): Step<any>;
    /**
     * list_add: link `node` directly behind the head.
     */
    list_add(node: any, head: any): Step<void>;
    /**
     * list_add_tail: link `node` at the end.
     */
    list_add_tail(node: any, head: any): Step<void>;
    /**
     * list_del: unlink and poison.
     */
    list_del(node: any): Step<void>;
    /**
     * list_del_init: unlink and make the node an empty list of its own.
     */
    list_del_init(node: any): Step<void>;
    /**
     * list_empty of a head, or of a node (true only after initialisation or list_del_init).
     */
    list_empty(list: any): Step<boolean>;
    /**
     * First node of a list, or null: the start of a walk.
     */
    list_first(head: any): Step<any>;
    /**
     * The node after `node`, or null at the end: reads the node's memory.
     */
    list_next(node: any): Step<any>;
    /**
     * Plain read of `object.field`.
     */
    load(object: any, field: any): Step<any>;
    /**
     * lockdep_assert_held: a warning unless the running task holds the lock; no step otherwise.
     */
    lockdep_assert_held(lock: any): Step<void>;
    /**
     * Make a mutex; its lockdep class is `className`, by default `structure.member`.
     */
    mutex(mem: any, member: string, className?: string): any;
    /**
     * Acquire; sleeps until the mutex is free.
     */
    mutex_lock(lock: any): Step<void>;
    /**
     * Acquire if the lock is free.
     */
    mutex_trylock(lock: any): Step<boolean>;
    /**
     * Release; touches the lock a second time (`mutex_wake`) when somebody waits for it.
     */
    mutex_unlock(lock: any): Step<void>;
    /**
     * pr_info: a line in the kernel log.
     */
    pr_info(text: string): Step<void>;
    /**
     * pr_warn: a warning line in the kernel log; not a finding.
     */
    pr_warn(text: string): Step<void>;
    /**
     * prepare_to_wait: from now on a wake-up is for this task, too.
     */
    prepare_to_wait(q: any): Step<void>;
    /**
     * queue_work
     * @returns false when the item was already pending (nothing happens then)
     */
    queue_work(wq: any, work: any): Step<boolean>;
    /**
     * rcu_assign_pointer: publish `value` in `object.field`.
     */
    rcu_assign_pointer(object: any, field: any, value: any): Step<void>;
    /**
     * rcu_dereference of `object.field`.
     */
    rcu_dereference(object: any, field: any): Step<any>;
    /**
     * rcu_read_lock
     */
    rcu_read_lock(): Step<void>;
    /**
     * rcu_read_unlock
     */
    rcu_read_unlock(): Step<void>;
    /**
     * READ_ONCE of `object.field`.
     */
    read_once(object: any, field: any): Step<any>;
    /**
     * refcount_dec: warns and saturates when it would reach 0.
     */
    refcount_dec(r: any): Step<void>;
    /**
     * refcount_dec_and_test: true for the one who reached 0.
     */
    refcount_dec_and_test(r: any): Step<boolean>;
    /**
     * refcount_dec_if_one: true and 0 only from exactly 1.
     */
    refcount_dec_if_one(r: any): Step<boolean>;
    /**
     * refcount_inc: warns and saturates when the count is 0.
     */
    refcount_inc(r: any): Step<void>;
    /**
     * refcount_inc_not_zero: false, without a warning, when the count is 0.
     */
    refcount_inc_not_zero(r: any): Step<boolean>;
    /**
     * refcount_read
     */
    refcount_read(r: any): Step<number>;
    /**
     * refcount_set
     */
    refcount_set(r: any, n: number): Step<void>;
    /**
     * reinit_completion: forget signals that came before.
     */
    reinit_completion(c: any): Step<void>;
    /**
     * Make a rw-semaphore.
     */
    rwsem(mem: any, member: string): any;
    /**
     * schedule, on a wait queue: sleep until somebody has woken the queue since `prepare_to_wait`.
     */
    schedule(q: any): Step<void>;
    /**
     * Acquire; spins until the lock is free.
     */
    spin_lock(lock: any): Step<void>;
    /**
     * Acquire if the lock is free.
     */
    spin_trylock(lock: any): Step<boolean>;
    /**
     * Release.
     */
    spin_unlock(lock: any): Step<void>;
    /**
     * Make a spinlock; its lockdep class is `structure.member` unless named.
     */
    spinlock(mem: any, member: string, className?: string): any;
    /**
     * Plain write of `object.field`.
     */
    store(object: any, field: any, value: any): Step<void>;
    /**
     * synchronize_rcu: wait for every read section that is open when it begins.
     */
    synchronize_rcu(): Step<void>;
    /**
     * Release a read acquisition.
     */
    up_read(lock: any): Step<void>;
    /**
     * Release a write acquisition.
     */
    up_write(lock: any): Step<void>;
    /**
     * wait_event: sleep (D state) until `condition()` is true; it must only read simulated state.
     * @param looksAt the things whose fields it reads, each lock, list or other part of a structure by itself. Where none is
     * named it may read anything, and whatever changes something is told apart by whether it comes before or after
     */
    wait_event(on: any, condition: () => boolean, ...looksAt: readonly any[]): Step<void>;
    /**
     * wait_for_completion: sleeps until signalled, then consumes the signal.
     */
    wait_for_completion(c: any): Step<void>;
    /**
     * wake_up: let the sleepers go on; those in `wait_event` look at their condition again.
     */
    wake_up(q: any): Step<void>;
    /**
     * WRITE_ONCE of `object.field`.
     */
    write_once(object: any, field: any, value: any): Step<void>;
    /**
     * xa_alloc from 1 on, GFP_KERNEL: may sleep.
     * @returns the lowest free index, or -ENOMEM when the injected failure fires
     */
    xa_alloc(xa: any, value: any): Step<number>;
    /**
     * xa_erase: take the entry out and return it.
     */
    xa_erase(xa: any, index: number): Step<any>;
    /**
     * xa_insert; a null value reserves the slot (xa_reserve).
     * @returns 0, or -EBUSY when the slot is occupied or reserved
     */
    xa_insert(xa: any, index: number, value: any): Step<number>;
    /**
     * xa_load: the entry, or null when there is none or it is reserved.
     */
    xa_load(xa: any, index: number): Step<any>;
    /**
     * xa_store: set the entry whatever was there.
     */
    xa_store(xa: any, index: number, value: any): Step<number>;
  }
}
