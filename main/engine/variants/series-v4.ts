// S4: the series of Aug–Sep 2023 before "Consolidate per-device fault data management". One
// per-device object, no handler registration; the domain is looked up while reporting (1.B.1).

import { member } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { smmuLegacy } from '../kernel/arm-smmu-v3';
import { user_attach, user_detach } from '../kernel/fault-queue';
import { intelSeries } from '../kernel/intel-ops';
import {
  get_device,
  iopf_clean_partial,
  iopf_collect_partial,
  iopf_complete_group,
  put_device,
} from '../kernel/io-pgfault';
import {
  iommu_attach_device_pasid,
  iommu_attach_handle_get,
  iommu_detach_device_pasid,
} from '../kernel/iommu';
import {
  iommu_sva_bind_device,
  iommu_sva_handle_pages,
  iommu_sva_unbind_device,
} from '../kernel/iommu-sva';
import type { Kernel, KernelOps } from '../kernel/kernel';
import {
  type DevIommu,
  type Device,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  type Fault,
  FaultEvent,
  FaultParam,
  filled,
  IopfFault,
  IopfGroup,
  type IopfHandler,
  type IopfQueue,
} from '../kernel/objects';
import { plainSeries } from '../kernel/plain-driver';
import {
  type ListHead,
  list_add,
  list_add_tail,
  list_del,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { pr_warn } from '../primitives/printk';
import { flush_workqueue, queue_work } from '../primitives/workqueue';
import { v6_1 } from './v6.1';

const FILE = 'engine/variants/series-v4.ts';
const UPSTREAM = 'drivers/iommu/io-pgfault.c (series v4, 3cabd49e63c9)';

const fn = modelFile(FILE, UPSTREAM);

/** 1.B.1, handle: what reporting does with a fault once it is noted. */
export const iommu_handle_iopf = fn(
  'iommu_handle_iopf',
  function* (k: Kernel, dev: Device, fault: Fault, fp: FaultParam | null): Gen<number> {
    if (fault.unrecoverable) return -EOPNOTSUPP;
    if (fp === null) return -ENODEV;
    if (!fault.last) {
      const page = yield* kzalloc('iopf_fault', () => new IopfFault(fault));
      if (page === null) return -ENOMEM;
      yield* list_add(page.list, fp.partial);
      return 0;
    }
    const handle = yield* iommu_attach_handle_get(dev, fault.pasid);
    const domain = typeof handle === 'number' ? null : yield* load(handle, 'domain');
    const handler = domain === null ? null : yield* load(domain, 'iopf_handler');
    if (domain === null || handler === null) {
      yield* pr_warn(`iopf from pasid ${fault.pasid} without a handler`);
      yield* iopf_clean_partial(fp.partial, fault.grpid);
      return -ENODEV;
    }
    const group = yield* kzalloc('iopf_group', () => new IopfGroup(fault));
    if (group === null) {
      yield* iopf_clean_partial(fp.partial, fault.grpid);
      return -ENOMEM;
    }
    group.dev = dev;
    group.domain = domain;
    filled(group);
    yield* list_add(group.list, group.faults as ListHead<IopfGroup>);
    yield* iopf_collect_partial(fp.partial, group);
    const unlocks = k.level['v7-release-lock'];
    if (unlocks) yield* mutex_unlock(fp.lock);
    const ret: number = yield* (handler as IopfHandler)(k, group);
    if (unlocks) yield* mutex_lock(fp.lock);
    const free = k.ops.iopf_free_group as NonNullable<typeof k.ops.iopf_free_group>;
    if (ret !== 0) yield* free(k, group);
    return ret;
  },
  'the domain is found through the attach handle that the lab keeps in every variant',
);

/** 1.B.1: the data lock is taken before anyone has looked whether there is data. */
const iommu_report_device_fault = fn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -EINVAL;
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    let pending: FaultEvent | null = null;
    if (fault.last) {
      pending = yield* kzalloc('iopf_fault', () => new FaultEvent(fault));
      if (pending === null) {
        yield* mutex_unlock(param.lock);
        return -ENOMEM;
      }
      yield* mutex_lock(member(fp, 'lock'));
      yield* list_add_tail(pending.list, (fp as FaultParam).faults as ListHead<FaultEvent>);
      yield* mutex_unlock((fp as FaultParam).lock);
    }
    const ret = yield* iommu_handle_iopf(k, dev, fault, fp);
    if (ret !== 0 && pending !== null) {
      yield* mutex_lock(member(fp, 'lock'));
      yield* list_del(pending.list);
      yield* mutex_unlock(member(fp, 'lock'));
      yield* kfree(pending);
    }
    yield* mutex_unlock(param.lock);
    return ret;
  },
);

/** The pages of a group that are not its last, then the group. */
export const iopf_free_group = fn(
  'iopf_free_group',
  function* (_k: Kernel, group: IopfGroup): Gen<void> {
    let node = yield* list_first(group.faults);
    while (node !== null) {
      const next = yield* list_next(node);
      if (!node.entry.fault.last) yield* kfree(node.entry);
      node = next;
    }
    yield* kfree(group);
  },
);

/** The SVA handler of the series: queue the group on the device's queue. */
export const iommu_sva_iopf_handler = fn(
  'iommu_sva_iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    group.work.fn = () => iommu_sva_handle_iopf(k, group);
    filled(group);
    const param = yield* load(yield* load(group, 'dev'), 'iommu');
    const fp = yield* load(param, 'fault_param');
    const queue = yield* load(fp, 'queue');
    const queued = yield* queue_work(yield* load(queue, 'wq'), group.work);
    return queued ? 0 : -EBUSY;
  },
);

const iommu_sva_handle_iopf = fn(
  'iommu_sva_handle_iopf',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    const domain = yield* load(group, 'domain');
    const status = yield* iommu_sva_handle_pages(k, group, domain);
    yield* iopf_complete_group(k, yield* load(group, 'dev'), group.fault, status);
    const free = k.ops.iopf_free_group as NonNullable<typeof k.ops.iopf_free_group>;
    yield* free(k, group);
  },
);

/** As 1.A.7, through the one object: the device lock is held across the flush. */
const iopf_queue_flush_dev = fn(
  'iopf_queue_flush_dev',
  function* (_k: Kernel, dev: Device): Gen<number> {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -ENODEV;
    let ret = 0;
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    if (fp === null) ret = -ENODEV;
    else yield* flush_workqueue(yield* load(yield* load(fp, 'queue'), 'wq'));
    yield* mutex_unlock(param.lock);
    return ret;
  },
);

/** 1.B.1; `users` is only looked at from series-v5 on. */
const iopf_queue_add_device = fn(
  'iopf_queue_add_device',
  function* (_k: Kernel, queue: IopfQueue, dev: Device): Gen<number> {
    const param = (yield* load(dev, 'iommu')) as DevIommu;
    let ret = 0;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    if ((yield* load(param, 'fault_param')) !== null) {
      ret = -EBUSY;
    } else {
      yield* get_device(dev);
      const fp = yield* kzalloc('iommu_fault_param', () => new FaultParam());
      if (fp === null) {
        yield* put_device(dev);
        ret = -ENOMEM;
      } else {
        fp.dev = dev;
        fp.queue = queue;
        fp.users = 1;
        yield* list_add(fp.queue_list, queue.devices as ListHead<FaultParam>);
        yield* store(param, 'fault_param', fp);
      }
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

/** Free every partial page without unlinking it: the list head is left dangling. */
export const iopf_free_partials_dangling = fn(
  'iopf_free_partials',
  function* (partial: ListHead<IopfFault>): Gen<void> {
    let node = yield* list_first(partial);
    while (node !== null) {
      const next = yield* list_next(node);
      yield* kfree(node.entry);
      node = next;
    }
  },
  'a helper of ours: upstream writes this loop out',
);

/** 1.B.1: the pointer is read before any lock, the pending list without the data lock. */
const iopf_queue_remove_device = fn(
  'iopf_queue_remove_device',
  function* (_k: Kernel, queue: IopfQueue | null, dev: Device): Gen<number> {
    if (queue === null) return -EINVAL;
    const param = (yield* load(dev, 'iommu')) as DevIommu;
    const fp = yield* load(param, 'fault_param');
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    const ret = yield* removable(fp, queue);
    if (ret === 0 && fp !== null) {
      yield* list_del(fp.queue_list);
      yield* iopf_free_partials_dangling(fp.partial);
      yield* store(param, 'fault_param', null);
      yield* kfree(fp);
      yield* put_device(dev);
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

/** The checks of removal: ENODEV, EINVAL, EBUSY, or 0. */
export const removable = fn(
  'iopf_removable',
  function* (fp: FaultParam | null, queue: IopfQueue): Gen<number> {
    if (fp === null) return -ENODEV;
    if ((yield* load(fp, 'queue')) !== queue) return -EINVAL;
    if (!(yield* list_empty(fp.faults))) return -EBUSY;
    return 0;
  },
  'a helper of ours: upstream writes these checks out',
);

/** Ops of `series-v4`. */
export const seriesV4: KernelOps = {
  ...withoutRegistration(v6_1),
  iommu_report_device_fault,
  iopf_free_group,
  iopf_queue_flush_dev,
  iopf_queue_add_device,
  iopf_queue_remove_device,
  iommu_sva_iopf_handler,
  iommu_sva_bind_device,
  iommu_sva_unbind_device,
  iommu_attach_device_pasid,
  iommu_detach_device_pasid,
  user_attach,
  user_detach,
  drivers: { 'vt-d': intelSeries, smmuv3: smmuLegacy, plain: plainSeries },
};

function withoutRegistration(base: KernelOps): KernelOps {
  const {
    iommu_register_device_fault_handler: _register,
    iommu_unregister_device_fault_handler: _unregister,
    iommu_queue_iopf: _queue,
    iopf_handle_group: _worker,
    user_fault_handler: _user,
    ...rest
  } = base;
  return rest;
}
