// drivers/iommu/iommufd/fault.c in the version fd-b (6.12.14 on): groups wait on `deliver` under a
// spinlock, then in `response` under a cookie until user space answers (1.C.8).
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID } from '../hardware/device';
import {
  type ListHead,
  type ListNode,
  list_add_tail,
  list_del,
  list_first,
  list_next,
} from '../primitives/list';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { wait_event } from '../primitives/wait-queue';
import { iommu_attach_device_pasid, iommu_detach_device_pasid } from './iommu';
import type { Kernel, UserFault } from './kernel';
import {
  type AttachHandle,
  type Device,
  Domain,
  EINVAL,
  type FaultObject,
  type IopfGroup,
} from './objects';

const FILE = 'engine/kernel/iommufd-fault.ts';
const UPSTREAM = 'drivers/iommu/iommufd/fault.c (v6.12)';

const fn = modelFile(FILE, UPSTREAM);

/** Answer a group and free it. */
const finish = fn(
  'iommufd_finish_group',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<void> {
    yield* (k.ops.iopf_group_response as NonNullable<typeof k.ops.iopf_group_response>)(
      k,
      group,
      code,
    );
    yield* (k.ops.iopf_free_group as NonNullable<typeof k.ops.iopf_free_group>)(k, group);
  },
  'a helper of ours: upstream writes these two calls out at each place',
);

/** The handler: runs in the interrupt thread. */
export const iommufd_fault_iopf_handler = fn(
  'iommufd_fault_iopf_handler',
  function* (_k: Kernel, group: IopfGroup): Gen<number> {
    const handle = yield* load(group, 'attach_handle');
    const domain = yield* load(handle, 'domain');
    const faults = (yield* load(domain, 'fault_data')) as FaultObject;
    yield* spin_lock(faults.lock);
    yield* list_add_tail(group.node, faults.deliver);
    faults.unread++;
    yield* spin_unlock(faults.lock);
    return 0;
  },
);

/** Attach a PASID to a HWPT with a fault object. */
export const iommufd_attach = fn(
  'iommufd_hwpt_attach_device',
  function* (_k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<Domain> {
    const domain = (yield* kzalloc('iommu_domain', () => new Domain())) as Domain;
    domain.iopf_handler = iommufd_fault_iopf_handler;
    domain.fault_data = faults;
    yield* iommu_attach_device_pasid(domain, dev, pasid);
    return domain;
  },
  'the group lock and the IOPF enable counter are left to the caller',
);

/** Detach: hardware, array, then every waiting group of this handle is answered INVALID. */
export const iommufd_detach = fn(
  'iommufd_hwpt_detach_device',
  function* (k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<void> {
    const handle = yield* iommu_detach_device_pasid(k, dev, pasid);
    if (handle === null) return;
    yield* iommufd_auto_response_faults(k, faults, handle);
    yield* kfree(yield* load(handle, 'domain'));
    yield* kfree(handle);
  },
  'the group lock and the IOPF enable counter are left to the caller',
);

/** Answer what waits for `handle`, on `deliver` and in `response`. */
export const iommufd_auto_response_faults = fn(
  'iommufd_auto_response_faults',
  function* (k: Kernel, faults: FaultObject, handle: AttachHandle): Gen<void> {
    yield* mutex_lock(faults.mutex);
    const mine: IopfGroup[] = [];
    yield* spin_lock(faults.lock);
    let node = yield* list_first(faults.deliver as ListHead<IopfGroup>);
    while (node !== null) {
      const next: ListNode<IopfGroup> | null = yield* list_next(node);
      if ((yield* load(node.entry, 'attach_handle')) === handle) {
        yield* list_del(node);
        faults.unread--;
        mine.push(node.entry);
      }
      node = next;
    }
    yield* spin_unlock(faults.lock);
    for (const group of mine) yield* finish(k, group, CODE_INVALID);
    for (const [cookie, group] of [...faults.response]) {
      if ((yield* load(group, 'attach_handle')) !== handle) continue;
      faults.response.delete(cookie);
      yield* finish(k, group, CODE_INVALID);
    }
    yield* mutex_unlock(faults.mutex);
  },
);

/** read(2) of one group. */
export const iommufd_fault_fops_read = fn(
  'iommufd_fault_fops_read',
  function* (_k: Kernel, _dev: Device, faults: FaultObject): Gen<UserFault | null> {
    yield* wait_event(faults.wait_queue, () => faults.unread > 0 || faults.closed);
    yield* mutex_lock(faults.mutex);
    yield* spin_lock(faults.lock);
    const node = yield* list_first(faults.deliver as ListHead<IopfGroup>);
    if (node !== null) {
      yield* list_del(node);
      faults.unread--;
    }
    yield* spin_unlock(faults.lock);
    if (node === null) {
      yield* mutex_unlock(faults.mutex);
      return null;
    }
    const group = node.entry;
    const cookie = faults.nextCookie++;
    faults.response.set(cookie, group);
    const fault = yield* load(group, 'fault');
    yield* mutex_unlock(faults.mutex);
    return { name: fault.name, fault, cookie };
  },
  'one group per call; the user copy cannot fail',
);

/** write(2) of one response; a cookie is accepted once. */
export const iommufd_fault_fops_write = fn(
  'iommufd_fault_fops_write',
  function* (
    k: Kernel,
    _dev: Device,
    faults: FaultObject,
    answered: UserFault,
    code: number,
  ): Gen<number> {
    yield* mutex_lock(faults.mutex);
    const group = faults.response.get(answered.cookie);
    if (group === undefined) {
      yield* mutex_unlock(faults.mutex);
      return -EINVAL;
    }
    faults.response.delete(answered.cookie);
    yield* finish(k, group, code);
    yield* mutex_unlock(faults.mutex);
    return 0;
  },
  'one response per call',
);
