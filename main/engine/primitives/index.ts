// Every primitive under its kernel name: what a script's own kernel functions are written with.
export {
  Completion,
  complete,
  completion_done,
  reinit_completion,
  wait_for_completion,
} from './completion';
export {
  ListHead,
  ListNode,
  list_add,
  list_add_tail,
  list_del,
  list_del_init,
  list_empty,
  list_first,
  list_next,
} from './list';
export { lockdep_assert_held } from './lock-class';
export {
  atomic_cmpxchg,
  atomic_rmw,
  kfree,
  kzalloc,
  load,
  read_once,
  store,
  write_once,
} from './memory';
export { Mutex, mutex, mutex_lock, mutex_trylock, mutex_unlock } from './mutex';
export { pr_info, pr_warn, WARN_ON } from './printk';
export {
  kfree_rcu,
  rcu_assign_pointer,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_unlock,
  synchronize_rcu,
} from './rcu';
export {
  Refcount,
  refcount_dec,
  refcount_dec_and_test,
  refcount_dec_if_one,
  refcount_inc,
  refcount_inc_not_zero,
  refcount_read,
  refcount_set,
} from './refcount';
export { down_read, down_write, RwSemaphore, rwsem, up_read, up_write } from './rwsem';
export { Spinlock, spin_lock, spin_trylock, spin_unlock, spinlock } from './spinlock';
export {
  finish_wait,
  prepare_to_wait,
  schedule,
  WaitQueue,
  wait_event,
  wake_up,
} from './wait-queue';
export {
  destroy_workqueue,
  flush_workqueue,
  queue_work,
  Work,
  Workqueue,
} from './workqueue';
export { XArray, xa_alloc, xa_erase, xa_insert, xa_load, xa_store } from './xarray';
