// K612: 6.11/6.12 … 6.12.15. Groups are the pending objects and carry the reference; the fault
// data is RCU-published and counted; attach handles; iommufd fault queues (1.C).
import { type Gen, modelFile } from '../core/task';
import { CODE_FAILURE, CODE_INVALID } from '../hardware/device';
import { smmu612 } from '../kernel/arm-smmu-v3';
import { intel612 } from '../kernel/intel-prq';
import { iopf_collect_partial } from '../kernel/io-pgfault';
import { iommu_attach_handle_get } from '../kernel/iommu';
import { iommu_sva_iopf_handler } from '../kernel/iommu-sva';
import {
  iommufd_attach,
  iommufd_detach,
  iommufd_fault_fops_read,
  iommufd_fault_fops_write,
} from '../kernel/iommufd-fault';
import type { Kernel, KernelOps } from '../kernel/kernel';
import {
  type AttachHandle,
  type Device,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  type Fault,
  FaultParam,
  IopfFault,
  IopfGroup,
  type IopfHandler,
  type IopfQueue,
} from '../kernel/objects';
import { plain612 } from '../kernel/plain-driver';
import {
  type ListHead,
  list_add,
  list_del,
  list_del_init,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { pr_warn, WARN_ON } from '../primitives/printk';
import {
  kfree_rcu,
  rcu_assign_pointer,
  rcu_dereference,
  rcu_read_lock,
  rcu_read_unlock,
} from '../primitives/rcu';
import { refcount_dec_and_test, refcount_inc_not_zero, refcount_set } from '../primitives/refcount';
import { flush_workqueue } from '../primitives/workqueue';
import { iopf_free_partials_dangling, seriesV4 } from './series-v4';
import { iopf_queue_discard_partial } from './series-v5';

const FILE = 'engine/variants/v6.12.ts';
const UPSTREAM = 'drivers/iommu/io-pgfault.c (v6.12)';

const fn = modelFile(FILE, UPSTREAM);

/** get: a reference, or null when there is no live fault data. */
const iopf_get_dev_fault_param = fn(
  'iopf_get_dev_fault_param',
  function* (_k: Kernel, dev: Device): Gen<FaultParam | null> {
    yield* rcu_read_lock();
    let fp = yield* rcu_dereference(dev.iommu, 'fault_param');
    if (fp !== null && !(yield* refcount_inc_not_zero(fp.refs))) fp = null;
    yield* rcu_read_unlock();
    return fp;
  },
);

/** put: the last one frees after a grace period. */
const iopf_put_dev_fault_param = fn(
  'iopf_put_dev_fault_param',
  function* (_k: Kernel, fp: FaultParam): Gen<void> {
    if (yield* refcount_dec_and_test(fp.refs)) yield* kfree_rcu(fp);
  },
);

/** What iopf_free_group does to everything but the group itself. */
const __iopf_free_group = fn(
  '__iopf_free_group',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    let node = yield* list_first(group.faults);
    while (node !== null) {
      const next = yield* list_next(node);
      if (!node.entry.fault.last) yield* kfree(node.entry);
      node = next;
    }
    yield* iopf_put_dev_fault_param(k, (yield* load(group, 'fault_param')) as FaultParam);
  },
);

const iopf_free_group = fn('iopf_free_group', function* (k: Kernel, group: IopfGroup): Gen<void> {
  yield* __iopf_free_group(k, group);
  yield* kfree(group);
});

/** 1.C.2: answers only a group that is still pending. */
const iopf_group_response = fn(
  'iopf_group_response',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<number> {
    const fp = yield* load(group, 'fault_param');
    const { lock } = fp as FaultParam;
    yield* mutex_lock(lock);
    if (!(yield* list_empty(group.pending_node))) {
      const dev = (fp as FaultParam).dev as Device;
      const { fault } = group;
      const abort = code === CODE_FAILURE;
      yield* k.driver.page_response(k, dev, fault, code, fault.group, abort);
      yield* list_del_init(group.pending_node);
    }
    yield* mutex_unlock(lock);
    return 0;
  },
);

const report_partial_fault = fn(
  'report_partial_fault',
  function* (fp: FaultParam, fault: Fault): Gen<number> {
    const page = yield* kzalloc('iopf_fault', () => new IopfFault(fault));
    if (page === null) return -ENOMEM;
    yield* mutex_lock(fp.lock);
    yield* list_add(page.list, fp.partial);
    yield* mutex_unlock(fp.lock);
    return 0;
  },
);

/** 1.C.2: on an allocation failure a group on the caller's stack stands in. */
const iopf_group_alloc = fn(
  'iopf_group_alloc',
  function* (fp: FaultParam, fault: Fault): Gen<IopfGroup> {
    let group = yield* kzalloc('iopf_group', () => new IopfGroup(fault));
    if (group === null) {
      group = new IopfGroup(fault);
      group.onStack = true;
    }
    group.fault_param = fp;
    yield* list_add(group.list, group.faults as ListHead<IopfGroup>);
    yield* mutex_lock(fp.lock);
    group.fault_count = yield* iopf_collect_partial(fp.partial, group);
    yield* list_add(group.pending_node, fp.faults as ListHead<IopfGroup>);
    yield* mutex_unlock(fp.lock);
    return group;
  },
);

/** The attach handle whose domain takes faults of this PASID, or null. */
const find_fault_handler = fn(
  'find_fault_handler',
  function* (dev: Device, fault: Fault): Gen<AttachHandle | null> {
    const handle = yield* iommu_attach_handle_get(dev, fault.pasid);
    if (handle === null) return null;
    const domain = yield* load(handle, 'domain');
    return (yield* load(domain, 'iopf_handler')) === null ? null : handle;
  },
  'requests without a PASID and user PASID tables are not modelled',
);

/** 1.C.4 */
const iommu_report_device_fault = fn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const handle = yield* find_fault_handler(dev, fault);
    const fp = handle === null ? null : yield* iopf_get_dev_fault_param(k, dev);
    if (handle === null || fp === null) {
      yield* WARN_ON(handle !== null, 'page fault reported without fault data');
      yield* k.driver.page_response(k, dev, fault, CODE_INVALID, fault.group, true);
      return -EINVAL;
    }
    if (!fault.last) {
      const ret = yield* report_partial_fault(fp, fault);
      yield* iopf_put_dev_fault_param(k, fp);
      return ret;
    }
    const group = yield* iopf_group_alloc(fp, fault);
    if (!group.onStack) {
      group.attach_handle = handle;
      const domain = yield* load(handle, 'domain');
      const handler = (yield* load(domain, 'iopf_handler')) as IopfHandler;
      if ((yield* handler(k, group)) === 0) return 0;
    }
    yield* pr_warn('iopf aborted');
    yield* iopf_group_response(k, group, CODE_FAILURE);
    yield* __iopf_free_group(k, group);
    if (!group.onStack) yield* kfree(group);
    return 0;
  },
);

/** 1.C.5: no lock, no reference. */
const iopf_queue_flush_dev = fn(
  'iopf_queue_flush_dev',
  function* (_k: Kernel, dev: Device): Gen<number> {
    const fp = yield* load(dev.iommu, 'fault_param');
    yield* WARN_ON(fp === null, 'flush of a device that is on no queue');
    if (fp === null) return -ENODEV;
    yield* flush_workqueue(yield* load(yield* load(fp, 'queue'), 'wq'));
    return 0;
  },
);

const iopf_queue_add_device = fn(
  'iopf_queue_add_device',
  function* (_k: Kernel, queue: IopfQueue, dev: Device): Gen<number> {
    let ret = 0;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(dev.iommu.lock);
    if ((yield* load(dev.iommu, 'fault_param')) !== null) {
      ret = -EBUSY;
    } else {
      const fp = yield* kzalloc('iommu_fault_param', () => new FaultParam());
      if (fp === null) {
        ret = -ENOMEM;
      } else {
        fp.dev = dev;
        fp.queue = queue;
        yield* refcount_set(fp.refs, 1);
        yield* list_add(fp.queue_list, queue.devices as ListHead<FaultParam>);
        yield* rcu_assign_pointer(dev.iommu, 'fault_param', fp);
      }
    }
    yield* mutex_unlock(dev.iommu.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

/** 1.C.5: cannot fail; answers what is pending, leaves the freed partial list dangling. */
const iopf_queue_remove_device = fn(
  'iopf_queue_remove_device',
  function* (k: Kernel, queue: IopfQueue, dev: Device): Gen<number> {
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(dev.iommu.lock);
    const fp = yield* load(dev.iommu, 'fault_param');
    const ours = fp !== null && (yield* load(fp, 'queue')) === queue;
    yield* WARN_ON(!ours, 'removal of a device that is not on this queue');
    if (ours && fp !== null) {
      yield* mutex_lock(fp.lock);
      yield* iopf_free_partials_dangling(fp.partial);
      let node = yield* list_first(fp.faults as ListHead<IopfGroup>);
      while (node !== null) {
        const next = yield* list_next(node);
        const { fault } = node.entry;
        yield* k.driver.page_response(k, dev, fault, CODE_INVALID, fault.group);
        yield* list_del_init(node);
        node = next;
      }
      yield* mutex_unlock(fp.lock);
      yield* list_del(fp.queue_list);
      yield* rcu_assign_pointer(dev.iommu, 'fault_param', null);
      yield* iopf_put_dev_fault_param(k, fp);
    }
    yield* mutex_unlock(dev.iommu.lock);
    yield* mutex_unlock(queue.lock);
    return 0;
  },
);

function withoutPageResponse(base: KernelOps): KernelOps {
  const { iommu_page_response: _response, ...rest } = base;
  return rest;
}

/** Ops of `v6.12`. */
export const v6_12: KernelOps = {
  ...withoutPageResponse(seriesV4),
  iopf_get_dev_fault_param,
  iopf_put_dev_fault_param,
  iommu_report_device_fault,
  iopf_group_response,
  iopf_free_group,
  iopf_queue_flush_dev,
  iopf_queue_discard_partial,
  iopf_queue_add_device,
  iopf_queue_remove_device,
  iommu_sva_iopf_handler,
  user_attach: iommufd_attach,
  user_detach: iommufd_detach,
  user_read: iommufd_fault_fops_read,
  user_respond: iommufd_fault_fops_write,
  drivers: { 'vt-d': intel612, smmuv3: smmu612, plain: plain612 },
};
