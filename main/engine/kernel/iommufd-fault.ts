// drivers/iommu/iommufd/fault.c (eventq.c from 6.15): the fault object and its file. Groups wait on
// `deliver`, then in `response` under a cookie until user space answers (1.C.8). The versions fd-a
// to fd-e are patches: deliver-spinlock, whole-group-reads, group dequeue, release-loads-first.
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, CODE_SUCCESS } from '../hardware/codes';
import {
  type ListHead,
  type ListNode,
  list_add,
  list_add_tail,
  list_del,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { user_copy } from '../primitives/user-copy';
import { wake_up } from '../primitives/wait-queue';
import { xa_alloc, xa_erase } from '../primitives/xarray';
import {
  FAULT_RECORD_BYTES,
  type FaultObject,
  type Hwpt,
  RESPONSE_RECORD_BYTES,
} from './iommufd-objects';
import type { ReadBuffer, WriteBuffer } from './iommufd-ops';
import type { Kernel, KernelOps, PageEntry } from './kernel';
import { type AttachHandle, EFAULT, EINVAL, ESPIPE, type IopfGroup } from './objects';

const FILE = 'engine/kernel/iommufd-fault.ts';
const fn = modelFile(FILE, 'drivers/iommu/iommufd/fault.c (v6.12)');

/** Answer a group and free it. */
export const finish_group = fn(
  'iommufd_finish_group',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<void> {
    yield* (k.ops.iopf_group_response as Required<KernelOps>['iopf_group_response'])(
      k,
      group,
      code,
    );
    yield* (k.ops.iopf_free_group as Required<KernelOps>['iopf_free_group'])(k, group);
  },
  'a helper of ours: upstream writes these two calls out at each place',
);

/** FM or, since the lock was split, FS: what guards `deliver`. */
function* lockDeliver(k: Kernel, f: FaultObject): Gen<void> {
  if (k.level['deliver-spinlock']) yield* spin_lock(f.lock);
}

function* unlockDeliver(k: Kernel, f: FaultObject): Gen<void> {
  if (k.level['deliver-spinlock']) yield* spin_unlock(f.lock);
}

/** The handler: runs in the interrupt thread. */
export const iommufd_fault_iopf_handler = fn(
  'iommufd_fault_iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    const handle = yield* load(group, 'attach_handle');
    const domain = yield* load(handle, 'domain');
    const f = (yield* load(domain, 'fault_data')) as FaultObject;
    if (k.ops.iopf_group_dequeue) yield* k.ops.iopf_group_dequeue(k, group);
    const split = k.level['deliver-spinlock'];
    if (split) yield* spin_lock(f.lock);
    else yield* mutex_lock(f.mutex);
    yield* list_add_tail(group.node, f.deliver);
    if (split) yield* spin_unlock(f.lock);
    else yield* mutex_unlock(f.mutex);
    yield* wake_up(f.wait_queue);
    return 0;
  },
);

/** Take the first group off `deliver`; before the lock was split it stays linked until copied. */
const fetch = fn(
  'iommufd_fault_deliver_fetch',
  function* (k: Kernel, f: FaultObject): Gen<IopfGroup | null> {
    yield* lockDeliver(k, f);
    const node = yield* list_first(f.deliver as ListHead<IopfGroup>);
    if (node !== null && k.level['deliver-spinlock']) yield* list_del(node);
    yield* unlockDeliver(k, f);
    return node?.entry ?? null;
  },
);

const restore = fn(
  'iommufd_fault_deliver_restore',
  function* (k: Kernel, f: FaultObject, group: IopfGroup): Gen<void> {
    if (!k.level['deliver-spinlock']) return;
    yield* spin_lock(f.lock);
    yield* list_add(group.node, f.deliver);
    yield* spin_unlock(f.lock);
  },
);

/** Copy a group's records; gives the number that arrived before a copy failed. */
const copyGroup = fn(
  'iommufd_compose_fault_message',
  function* (k: Kernel, group: IopfGroup, cookie: number, buf: ReadBuffer): Gen<number> {
    const handle = yield* load(group, 'attach_handle');
    yield* load(handle, 'idev');
    let copied = 0;
    let node = yield* list_first<PageEntry>(group.faults as unknown as ListHead<PageEntry>);
    while (node !== null) {
      const left = yield* user_copy(group, 'to_user', FAULT_RECORD_BYTES);
      if (left !== 0) break;
      const { fault } = node.entry;
      buf.records.push({ cookie, fault, group, padding: !k.level['zeroed-records'] });
      copied++;
      node = yield* list_next(node);
    }
    return copied;
  },
  'the record is built and copied in one place',
);

/** What a group would need, and whether it can have it: 0, or why the read ends here. */
const deliverOne = fn(
  'iommufd_fault_deliver_one',
  function* (
    k: Kernel,
    f: FaultObject,
    group: IopfGroup,
    buf: ReadBuffer,
    done: number,
  ): Gen<{ rc: number; bytes: number; end: boolean }> {
    const size = (yield* load(group, 'fault_count')) * FAULT_RECORD_BYTES;
    if (done >= buf.bytes || size > buf.bytes - done) {
      yield* restore(k, f, group);
      const rc = k.level['whole-group-reads'] && done === 0 && buf.bytes > 0 ? -EINVAL : 0;
      return { rc, bytes: 0, end: true };
    }
    const cookie = yield* xa_alloc(f.response, group);
    if (cookie < 0) {
      yield* restore(k, f, group);
      return { rc: cookie, bytes: 0, end: true };
    }
    const kept = buf.records.length;
    const copied = yield* copyGroup(k, group, cookie, buf);
    const whole = copied === group.fault_count;
    if (!whole) {
      yield* xa_erase(f.response, cookie);
      yield* restore(k, f, group);
    }
    if (!k.level['deliver-spinlock']) yield* list_del(group.node);
    const counts = whole || !k.level['whole-group-reads'];
    if (!counts) buf.records.length = kept;
    const rc = whole ? 0 : -EFAULT;
    const end = rc !== 0 && k.level['whole-group-reads'];
    return { rc, bytes: counts ? copied * FAULT_RECORD_BYTES : 0, end };
  },
  'a helper of ours: the body of the loop in iommufd_fault_fops_read',
);

/** read(2): whole groups, as many as fit. */
export const iommufd_fault_fops_read = fn(
  'iommufd_fault_fops_read',
  function* (k: Kernel, f: FaultObject, buf: ReadBuffer): Gen<number> {
    if ((buf.position ?? 0) !== 0 || buf.bytes % FAULT_RECORD_BYTES !== 0) return -ESPIPE;
    let done = 0;
    let rc = 0;
    yield* mutex_lock(f.mutex);
    for (;;) {
      if (!k.level['deliver-spinlock'] && done >= buf.bytes) break;
      const group = yield* fetch(k, f);
      if (group === null) break;
      const one = yield* deliverOne(k, f, group, buf, done);
      if (one.rc !== 0) rc = one.rc;
      done += one.bytes;
      if (one.end) break;
      // A copy that keeps failing ends a read here; upstream would go round again.
      if (one.rc !== 0 && k.level['deliver-spinlock']) break;
    }
    f.lastRead = buf.records;
    yield* mutex_unlock(f.mutex);
    return done > 0 ? done : rc;
  },
  'after a failed copy the outer loop ends (upstream fd-b goes on with the same group)',
);

/** write(2): responses; a cookie is accepted once. */
export const iommufd_fault_fops_write = fn(
  'iommufd_fault_fops_write',
  function* (k: Kernel, f: FaultObject, buf: WriteBuffer): Gen<number> {
    if ((buf.position ?? 0) !== 0 || buf.bytes % RESPONSE_RECORD_BYTES !== 0) return -ESPIPE;
    let done = 0;
    let rc = 0;
    yield* mutex_lock(f.mutex);
    while (done < buf.bytes) {
      const left = yield* user_copy(f, 'from_user', RESPONSE_RECORD_BYTES);
      if (left !== 0) {
        rc = k.level['write-returns-efault'] ? -EFAULT : left;
        break;
      }
      const record = buf.records[done / RESPONSE_RECORD_BYTES];
      const code = record?.code ?? -1;
      const known = record !== undefined && (code === CODE_SUCCESS || code === CODE_INVALID);
      const group = known ? yield* xa_erase(f.response, record.cookie) : null;
      if (group === null) {
        rc = -EINVAL;
        break;
      }
      yield* finish_group(k, group, code);
      done += RESPONSE_RECORD_BYTES;
    }
    yield* mutex_unlock(f.mutex);
    return done > 0 ? done : rc;
  },
);

/** poll(2): always writable, readable when a group waits. */
export const iommufd_fault_fops_poll = fn(
  'iommufd_fault_fops_poll',
  function* (k: Kernel, f: FaultObject): Gen<string> {
    const split = k.level['deliver-spinlock'];
    if (split) yield* spin_lock(f.lock);
    else yield* mutex_lock(f.mutex);
    const none = yield* list_empty(f.deliver);
    if (split) yield* spin_unlock(f.lock);
    else yield* mutex_unlock(f.mutex);
    return none ? 'EPOLLOUT' : 'EPOLLOUT|EPOLLIN|EPOLLRDNORM';
  },
);

/** Groups on `deliver` that belong to `handle`, taken off it. */
const takeDelivered = fn(
  'iommufd_take_delivered',
  function* (k: Kernel, f: FaultObject, handle: AttachHandle | null): Gen<IopfGroup[]> {
    const mine: IopfGroup[] = [];
    yield* lockDeliver(k, f);
    let node = yield* list_first(f.deliver as ListHead<IopfGroup>);
    while (node !== null) {
      const next: ListNode<IopfGroup> | null = yield* list_next(node);
      if (handle === null || (yield* load(node.entry, 'attach_handle')) === handle) {
        yield* list_del(node);
        mine.push(node.entry);
      }
      node = next;
    }
    yield* unlockDeliver(k, f);
    return mine;
  },
  'a helper of ours: upstream writes this loop out',
);

/** Answer INVALID to what waits for `handle` (null: for anybody), delivered or read. */
export const answer_waiting = fn(
  'iommufd_answer_waiting',
  function* (k: Kernel, f: FaultObject, handle: AttachHandle | null): Gen<void> {
    for (const group of yield* takeDelivered(k, f, handle)) {
      yield* finish_group(k, group, CODE_INVALID);
    }
    for (const [cookie, group] of [...f.response.slots]) {
      if (group === null) continue;
      if (handle !== null && (yield* load(group, 'attach_handle')) !== handle) continue;
      yield* xa_erase(f.response, cookie);
      yield* finish_group(k, group, CODE_INVALID);
    }
  },
  'a helper of ours: upstream writes these loops out',
);

/** What waits for the handle on this fault object is cancelled. */
export const auto_response = fn(
  'iommufd_auto_response_faults',
  function* (k: Kernel, f: FaultObject | null, handle: AttachHandle | null): Gen<void> {
    if (f === null || handle === null) return;
    yield* mutex_lock(f.mutex);
    yield* answer_waiting(k, f, handle);
    yield* mutex_unlock(f.mutex);
  },
);

/** iommufd_auto_response_faults of a HWPT: nothing to do when it has no fault object. */
export const iommufd_auto_response_faults = fn(
  'iommufd_auto_response_hwpt',
  function* (k: Kernel, hwpt: Hwpt, handle: AttachHandle | null): Gen<void> {
    yield* auto_response(k, yield* load(hwpt, 'fault'), handle);
  },
  'a helper of ours: the part of iommufd_auto_response_faults that looks at the HWPT',
);
