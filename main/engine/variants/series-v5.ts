// S5: series v5 (14 Sep 2023) with patches 11 and 12. A user count under the device lock, get and
// put helpers, the data lock held while a fault is handled (1.B.2). This is the cure that the seed
// of the project asks about.
import { member } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID } from '../hardware/codes';
import { iopf_free_partials, matches, put_device, respond } from '../kernel/io-pgfault';
import type { Kernel, KernelOps } from '../kernel/kernel';
import {
  type DevIommu,
  type Device,
  EINVAL,
  ENODEV,
  ENOMEM,
  type Fault,
  FaultEvent,
  type FaultParam,
  type IopfQueue,
  type PageResponse,
} from '../kernel/objects';
import { type ListHead, list_add_tail, list_del, list_first, list_next } from '../primitives/list';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { WARN_ON } from '../primitives/printk';
import { flush_workqueue } from '../primitives/workqueue';
import { iommu_handle_iopf, iopf_free_partials_dangling, removable, seriesV4 } from './series-v4';

const FILE = 'engine/variants/series-v5.ts';
const UPSTREAM = 'drivers/iommu/io-pgfault.c (series v5, 11/12 and 12/12)';

const fn = modelFile(FILE, UPSTREAM);

/** 1.B.2, get: null when the device has no fault data. */
const iopf_get_dev_fault_param = fn(
  'iopf_get_dev_fault_param',
  function* (_k: Kernel, dev: Device): Gen<FaultParam | null> {
    const param = yield* load(dev, 'iommu');
    if (param === null) return null;
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    if (fp !== null) yield* store(fp, 'users', (yield* load(fp, 'users')) + 1);
    yield* mutex_unlock(param.lock);
    return fp;
  },
);

/** 1.B.2, put: whoever reaches 0 unpublishes and frees. */
const iopf_put_dev_fault_param = fn(
  'iopf_put_dev_fault_param',
  function* (_k: Kernel, fp: FaultParam): Gen<void> {
    const dev = (yield* load(fp, 'dev')) as Device;
    const param = (yield* load(dev, 'iommu')) as DevIommu;
    yield* mutex_lock(member(param, 'lock'));
    const published = (yield* load(param, 'fault_param')) === fp;
    const users = published ? yield* load(fp, 'users') : 0;
    if (users <= 0) {
      yield* WARN_ON(true, 'put of fault data that is not in use');
    } else {
      yield* drop(dev, fp, users);
    }
    yield* mutex_unlock(param.lock);
  },
);

/** Decrement; at 0 unpublish, free, put the device. */
const drop = fn(
  'iopf_drop_fault_param',
  function* (dev: Device, fp: FaultParam, users: number): Gen<void> {
    yield* store(fp, 'users', users - 1);
    if (users > 1) return;
    yield* store(yield* load(dev, 'iommu'), 'fault_param', null);
    yield* kfree(fp);
    yield* put_device(dev);
  },
  'a helper of ours: upstream writes this out in put and in remove',
);

/** 1.B.2: get, then everything under the data lock, then put. */
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
    const again = yield* load(yield* load(dev, 'iommu'), 'fault_param');
    const ret = yield* iommu_handle_iopf(k, dev, fault, again);
    if (ret !== 0 && pending !== null) {
      yield* list_del(pending.list);
      yield* kfree(pending);
    }
    yield* mutex_unlock(fp.lock);
    yield* iopf_put_dev_fault_param(k, fp);
    return ret;
  },
);

/** 1.B.2: ENODEV without fault data; the record goes even when the op failed. */
const iommu_page_response = fn(
  'iommu_page_response',
  function* (k: Kernel, dev: Device, msg: PageResponse): Gen<number> {
    const answer = k.driver.page_response;
    if (answer === null) return -ENODEV;
    const fp = yield* iopf_get_dev_fault_param(k, dev);
    if (fp === null) return -ENODEV;
    yield* mutex_lock(fp.lock);
    let ret = -EINVAL;
    let node = yield* list_first(fp.faults);
    while (node !== null) {
      const pending = node.entry as FaultEvent;
      if (matches(pending.fault, msg)) {
        ret = yield* answer(k, dev, pending.fault, msg.code, msg.group);
        yield* list_del(node);
        yield* kfree(pending);
        break;
      }
      node = yield* list_next(node);
    }
    yield* mutex_unlock(fp.lock);
    yield* iopf_put_dev_fault_param(k, fp);
    return ret;
  },
);

/** Patch 12: flush without a lock, then discard what belongs to the PASID. */
const iopf_queue_flush_dev = fn(
  'iopf_queue_flush_dev',
  function* (k: Kernel, dev: Device, pasid: number): Gen<number> {
    const fp = yield* iopf_get_dev_fault_param(k, dev);
    if (fp === null) return -ENODEV;
    yield* flush_workqueue(yield* load(yield* load(fp, 'queue'), 'wq'));
    yield* mutex_lock(fp.lock);
    let page = yield* list_first(fp.partial);
    while (page !== null && page.entry.fault.pasid === pasid) {
      const next = yield* list_next(page);
      yield* list_del(page);
      yield* kfree(page.entry);
      page = next;
    }
    let ret = 0;
    let node = yield* list_first(fp.faults);
    while (node !== null) {
      const next = yield* list_next(node);
      const pending = node.entry as FaultEvent;
      if (pending.fault.pasid === pasid) {
        const { fault } = pending;
        ret = yield* respond(k, dev, fault, CODE_INVALID);
        if (ret !== 0) break;
        yield* list_del(node);
        yield* kfree(pending);
      }
      node = next;
    }
    yield* mutex_unlock(fp.lock);
    yield* iopf_put_dev_fault_param(k, fp);
    return ret;
  },
);

/** Queue lock, then each device's data lock. Also the form of 6.9 and later. */
export const iopf_queue_discard_partial = fn(
  'iopf_queue_discard_partial',
  function* (_k: Kernel, queue: IopfQueue | null): Gen<number> {
    if (queue === null) return -EINVAL;
    yield* mutex_lock(queue.lock);
    let node = yield* list_first(queue.devices);
    while (node !== null) {
      const fp = node.entry as FaultParam;
      yield* mutex_lock(fp.lock);
      yield* iopf_free_partials(fp.partial);
      yield* mutex_unlock(fp.lock);
      node = yield* list_next(node);
    }
    yield* mutex_unlock(queue.lock);
    return 0;
  },
);

/** Steps 1 to 7 of series-v4, then a put: the object may stay published, unlinked (B05). */
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
      yield* list_del(member(fp, 'queue_list'));
      yield* iopf_free_partials_dangling(fp.partial);
      yield* drop(dev, fp, yield* load(fp, 'users'));
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    return ret;
  },
);

/** Ops of `series-v5`. */
export const seriesV5: KernelOps = {
  ...seriesV4,
  iopf_get_dev_fault_param,
  iopf_put_dev_fault_param,
  iommu_report_device_fault,
  iommu_page_response,
  iopf_queue_flush_dev,
  iopf_queue_discard_partial,
  iopf_queue_remove_device,
};
