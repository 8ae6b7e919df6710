// R0: the in-tree bisect point "Use refcount for fault data access" (Feb 2024). The fault data is
// published with RCU and counted; a group carries the reference (1.B.3).
import { member } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { user_attach_groups, user_read_group, user_respond_group } from '../kernel/fault-queue';
import { intelSeries } from '../kernel/intel-ops';
import {
  iopf_clean_partial,
  iopf_collect_partial,
  matches,
  respond,
  responseTo,
} from '../kernel/io-pgfault';
import { iommu_attach_handle_get } from '../kernel/iommu';
import { iommu_sva_iopf_handler } from '../kernel/iommu-sva';
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
  type IopfQueue,
} from '../kernel/objects';
import {
  type ListHead,
  list_add,
  list_add_tail,
  list_del,
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
import { iopf_free_partials_dangling, removable, seriesV4 } from './series-v4';
import { iopf_queue_discard_partial } from './series-v5';

const FILE = 'engine/variants/refcount-step.ts';
const fn = modelFile(FILE, 'drivers/iommu/io-pgfault.c (a74c077b9021)');

/** get: a reference, or null when there is no live fault data. */
export const iopf_get_dev_fault_param = fn(
  'iopf_get_dev_fault_param',
  function* (_k: Kernel, dev: Device): Gen<FaultParam | null> {
    yield* rcu_read_lock();
    let fp = yield* rcu_dereference(yield* load(dev, 'iommu'), 'fault_param');
    if (fp !== null && !(yield* refcount_inc_not_zero(fp.refs))) fp = null;
    yield* rcu_read_unlock();
    return fp;
  },
);

/** put: the last one frees after a grace period. */
export const iopf_put_dev_fault_param = fn(
  'iopf_put_dev_fault_param',
  function* (_k: Kernel, fp: FaultParam): Gen<void> {
    if (yield* refcount_dec_and_test(fp.refs)) yield* kfree_rcu(fp);
  },
);

/** What iopf_free_group does to everything but the group itself. */
export const __iopf_free_group = fn(
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

/** iopf_free_group: the pages, the reference, the group. */
export const iopf_free_group = fn(
  'iopf_free_group',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    yield* __iopf_free_group(k, group);
    yield* kfree(group);
  },
);

/** 1.B.3 step 4, with the data lock held; it is dropped around the handler. */
const iommu_handle_iopf = fn(
  'iommu_handle_iopf',
  function* (k: Kernel, dev: Device, fault: Fault, fp: FaultParam): Gen<number> {
    if (fault.unrecoverable) return -EOPNOTSUPP;
    if (!fault.last) {
      const page = yield* kzalloc('iopf_fault', () => new IopfFault(fault));
      if (page === null) return -ENOMEM;
      yield* list_add(page.list, fp.partial);
      return 0;
    }
    const handle = yield* iommu_attach_handle_get(dev, fault.pasid);
    const domain = typeof handle === 'number' ? null : yield* load(handle, 'domain');
    const handler = domain === null ? null : yield* load(domain, 'iopf_handler');
    if (handler === null) {
      yield* iopf_clean_partial(fp.partial, fault.grpid);
      return -EINVAL;
    }
    const group = yield* kzalloc('iopf_group', () => new IopfGroup(fault));
    if (group === null) {
      yield* iopf_clean_partial(fp.partial, fault.grpid);
      return -ENOMEM;
    }
    group.domain = domain;
    group.fault_param = fp;
    filled(group);
    yield* list_add(group.list, group.faults as ListHead<IopfGroup>);
    yield* iopf_collect_partial(fp.partial, group);
    yield* mutex_unlock(fp.lock);
    const ret = yield* handler(k, group);
    yield* mutex_lock(fp.lock);
    if (ret !== 0) yield* iopf_free_group(k, group);
    return ret;
  },
  'the domain is found through the attach handle that the lab keeps in every variant',
);

/** 1.B.3: the put after a failed handler is one too many (B41). */
const iommu_report_device_fault = fn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const fp = yield* iopf_get_dev_fault_param(k, dev);
    if (fp === null) return -EINVAL;
    yield* mutex_lock(fp.lock);
    let pending: FaultEvent | null = null;
    if (fault.last) {
      pending = yield* kzalloc('iopf_fault', () => new FaultEvent(fault));
      if (pending === null) {
        yield* mutex_unlock(fp.lock);
        yield* iopf_put_dev_fault_param(k, fp);
        return -ENOMEM;
      }
      yield* list_add_tail(pending.list, fp.faults as ListHead<FaultEvent>);
    }
    const ret = yield* iommu_handle_iopf(k, dev, fault, fp);
    if (ret !== 0 && pending !== null) {
      yield* list_del(pending.list);
      yield* kfree(pending);
    }
    yield* mutex_unlock(fp.lock);
    if (ret !== 0 || !fault.last) yield* iopf_put_dev_fault_param(k, fp);
    return ret;
  },
);

/** 1.B.3: group based; the record goes even when the op failed. */
const iommu_page_response = fn(
  'iommu_page_response',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<number> {
    const fp = (yield* load(group, 'fault_param')) as FaultParam;
    const dev = (yield* load(fp, 'dev')) as Device;
    const msg = responseTo(group.fault, code);
    let ret = -EINVAL;
    yield* mutex_lock(fp.lock);
    if (yield* list_empty(fp.faults)) {
      yield* pr_warn('no pending PRQ, drop response');
    } else {
      let node = yield* list_first(fp.faults);
      while (node !== null) {
        const pending = node.entry as FaultEvent;
        if (matches(pending.fault, msg)) {
          ret = yield* respond(k, dev, pending.fault, code);
          yield* list_del(node);
          yield* kfree(pending);
          break;
        }
        node = yield* list_next(node);
      }
    }
    yield* mutex_unlock(fp.lock);
    return ret;
  },
);

/** Builds the message and gives the result of the response. */
const iopf_group_response = fn(
  'iopf_group_response',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<number> {
    return yield* iommu_page_response(k, group, code);
  },
);

/** No lock, no reference. */
export const iopf_queue_flush_dev = fn(
  'iopf_queue_flush_dev',
  function* (_k: Kernel, dev: Device): Gen<number> {
    const fp = yield* load(yield* load(dev, 'iommu'), 'fault_param');
    yield* WARN_ON(fp === null, 'flush of a device that is on no queue');
    if (fp === null) return -ENODEV;
    yield* flush_workqueue(yield* load(yield* load(fp, 'queue'), 'wq'));
    return 0;
  },
);

/** 1.B.3: refuses a driver that cannot answer. */
export const iopf_queue_add_device = fn(
  'iopf_queue_add_device',
  function* (k: Kernel, queue: IopfQueue, dev: Device): Gen<number> {
    if (k.driver.page_response === null) return -ENODEV;
    const param = (yield* load(dev, 'iommu')) as DevIommu;
    let ret = 0;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    if ((yield* load(param, 'fault_param')) !== null) {
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
        yield* rcu_assign_pointer(param, 'fault_param', fp);
      }
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

/** 1.B.3: can still refuse while something is pending. */
const iopf_queue_remove_device = fn(
  'iopf_queue_remove_device',
  function* (k: Kernel, queue: IopfQueue | null, dev: Device): Gen<number> {
    if (queue === null) return -EINVAL;
    const param = (yield* load(dev, 'iommu')) as DevIommu;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    const ret = yield* removable(fp, queue);
    if (ret === 0 && fp !== null) {
      yield* list_del(fp.queue_list);
      yield* iopf_free_partials_dangling(fp.partial);
      yield* rcu_assign_pointer(param, 'fault_param', null);
      yield* iopf_put_dev_fault_param(k, fp);
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

const { iommu_page_response: _byDevice, ...rest } = seriesV4;

/** Ops of `refcount-step`. */
export const refcountStep: KernelOps = {
  ...rest,
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
  user_attach: user_attach_groups,
  user_read: user_read_group,
  user_respond: user_respond_group,
  drivers: { ...seriesV4.drivers, 'vt-d': intelSeries },
};
