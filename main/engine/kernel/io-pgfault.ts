// drivers/iommu/io-pgfault.c (and the fault part of iommu.c) as released in 5.12 … 6.1: two
// per-device objects, a registered handler, pending records (`kernel-iopf.md` 1.A). This is the
// base every variant derives from; `../variants/` holds the differences.

import { member, peek } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_SUCCESS } from '../hardware/codes';
import type { ListHead } from '../primitives/list';
import {
  list_add,
  list_add_tail,
  list_del,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { lockdep_assert_held } from '../primitives/lock-class';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { pr_warn } from '../primitives/printk';
import { refcount_dec_and_test, refcount_inc } from '../primitives/refcount';
import { destroy_workqueue, flush_workqueue, queue_work } from '../primitives/workqueue';
import { xa_load } from '../primitives/xarray';
import type { Kernel, PageEntry } from './kernel';
import { iommu_sva_handle_mm } from './mm';
import {
  type Device,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOPNOTSUPP,
  type Fault,
  FaultEvent,
  type FaultHandler,
  FaultParam,
  filled,
  IopfDeviceParam,
  IopfFault,
  IopfGroup,
  IopfQueue,
  type PageResponse,
} from './objects';

const FILE = 'engine/kernel/io-pgfault.ts';
const UPSTREAM = 'drivers/iommu/io-pgfault.c (v6.1)';

const fn = modelFile(FILE, UPSTREAM);
const iommuFn = modelFile(FILE, 'drivers/iommu/iommu.c (v6.1)');
const coreFn = modelFile(FILE, 'drivers/base/core.c');

/** get_device */
export const get_device = coreFn('get_device', function* (dev: Device) {
  yield* refcount_inc(dev.refs);
});

/** put_device: the lab itself holds the last reference, so the count never reaches 0 here. */
export const put_device = coreFn(
  'put_device',
  function* (dev: Device) {
    yield* refcount_dec_and_test(dev.refs);
  },
  'the device itself is never released',
);

/** 1.A.1 */
export const iommu_register_device_fault_handler = iommuFn(
  'iommu_register_device_fault_handler',
  function* (_k: Kernel, dev: Device, handler: FaultHandler, data: Device) {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -EINVAL;
    yield* mutex_lock(member(param, 'lock'));
    if ((yield* load(param, 'fault_param')) !== null) {
      yield* mutex_unlock(param.lock);
      return -EBUSY;
    }
    yield* get_device(dev);
    const fp = yield* kzalloc('iommu_fault_param', () => new FaultParam());
    yield* store(param, 'fault_param', fp);
    if (fp === null) {
      yield* put_device(dev);
      yield* mutex_unlock(param.lock);
      return -ENOMEM;
    }
    yield* store(fp, 'handler', handler);
    yield* store(fp, 'data', data);
    yield* mutex_unlock(param.lock);
    return 0;
  },
);

/** 1.A.2 */
export const iommu_unregister_device_fault_handler = iommuFn(
  'iommu_unregister_device_fault_handler',
  function* (_k: Kernel, dev: Device) {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -EINVAL;
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    if (fp === null) {
      yield* mutex_unlock(param.lock);
      return 0;
    }
    if (!(yield* list_empty(fp.faults))) {
      yield* mutex_unlock(param.lock);
      return -EBUSY;
    }
    yield* kfree(fp);
    yield* store(param, 'fault_param', null);
    yield* put_device(dev);
    yield* mutex_unlock(param.lock);
    return 0;
  },
);

/** 1.A.3: on an error the caller answers the hardware itself. */
export const iommu_report_device_fault = iommuFn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault) {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -EINVAL;
    yield* mutex_lock(member(param, 'lock'));
    const fp = yield* load(param, 'fault_param');
    if (fp === null || (yield* load(fp, 'handler')) === null) {
      yield* mutex_unlock(param.lock);
      return -EINVAL;
    }
    let pending: FaultEvent | null = null;
    if (fault.last && !fault.unrecoverable) {
      pending = yield* kzalloc('iommu_fault_event', () => new FaultEvent(fault));
      if (pending === null) {
        yield* mutex_unlock(param.lock);
        return -ENOMEM;
      }
      yield* mutex_lock(fp.lock);
      yield* list_add_tail(pending.list, fp.faults as ListHead<FaultEvent>);
      yield* mutex_unlock(fp.lock);
    }
    const handler = fp.handler as FaultHandler;
    const ret = yield* handler(k, fault, fp.data as Device);
    if (ret !== 0 && pending !== null) {
      yield* mutex_lock(fp.lock);
      yield* list_del(pending.list);
      yield* mutex_unlock(fp.lock);
      yield* kfree(pending);
    }
    yield* mutex_unlock(param.lock);
    return ret;
  },
);

/** Unlink and free every partial page of group `grpid`. */
export const iopf_clean_partial = fn(
  'iopf_clean_partial',
  function* (partial: ListHead<IopfFault>, grpid: number) {
    let node = yield* list_first(partial);
    while (node !== null) {
      const next = yield* list_next(node);
      if (node.entry.fault.grpid === grpid) {
        yield* list_del(node);
        yield* kfree(node.entry);
      }
      node = next;
    }
  },
  'a helper of ours: upstream writes this loop out at each place',
);

/** Move the partial pages of the group to it; only `grpid` is compared (1.A.4 step 6). */
export const iopf_collect_partial = fn(
  'iopf_collect_partial',
  function* (partial: ListHead<IopfFault>, group: IopfGroup) {
    let count = 1;
    let node = yield* list_first(partial);
    while (node !== null) {
      const next = yield* list_next(node);
      if (node.entry.fault.grpid === group.fault.grpid) {
        yield* list_del(node);
        yield* list_add(node, group.faults as ListHead<IopfFault>);
        count++;
      }
      node = next;
    }
    return count;
  },
  'a helper of ours: upstream writes this loop out',
);

/** 1.A.4; the caller holds the device lock. */
export const iommu_queue_iopf = fn(
  'iommu_queue_iopf',
  function* (k: Kernel, fault: Fault, dev: Device) {
    const param = peek(dev, 'iommu');
    if (param !== null) yield* lockdep_assert_held(param.lock);
    if (fault.unrecoverable) return -EOPNOTSUPP;
    const ip = yield* load(yield* load(dev, 'iommu'), 'iopf_param');
    if (ip === null) return -ENODEV;
    if (!fault.last) {
      const page = yield* kzalloc('iopf_fault', () => new IopfFault(fault));
      if (page === null) return -ENOMEM;
      yield* list_add(page.list, ip.partial);
      return 0;
    }
    const group = yield* kzalloc('iopf_group', () => new IopfGroup(fault));
    if (group === null) {
      yield* iopf_clean_partial(ip.partial, fault.grpid);
      return -ENOMEM;
    }
    yield* store(group, 'dev', dev);
    yield* list_add(group.list, group.faults as ListHead<IopfGroup>);
    const worker = k.ops.iopf_handle_group ?? iopf_handle_group;
    group.work.fn = () => worker(k, group);
    filled(group);
    yield* iopf_collect_partial(ip.partial, group);
    const queue = yield* load(ip, 'queue');
    yield* queue_work(yield* load(queue, 'wq'), group.work);
    return 0;
  },
);

/** 1.A.5, the worker. */
export const iopf_handle_group = fn('iopf_handle_group', function* (k: Kernel, group: IopfGroup) {
  let status = CODE_SUCCESS;
  let node = yield* list_first<PageEntry>(group.faults as unknown as ListHead<PageEntry>);
  while (node !== null) {
    const next = yield* list_next(node);
    const page = node.entry;
    if (status === CODE_SUCCESS) {
      const mm = yield* xa_load(k.globals.pasids, page.fault.pasid);
      status = yield* iommu_sva_handle_mm(k, page.fault, mm);
    }
    if (!page.fault.last) yield* kfree(page);
    node = next;
  }
  yield* iopf_complete_group(k, yield* load(group, 'dev'), group.fault, status);
  yield* kfree(group);
});

/** 1.A.6, the caller's half. */
export const iopf_complete_group = fn(
  'iopf_complete_group',
  function* (k: Kernel, dev: Device | null, fault: Fault, status: number) {
    const msg = responseTo(fault, status);
    const respond = k.ops.iommu_page_response as NonNullable<typeof k.ops.iommu_page_response>;
    return yield* respond(k, dev as Device, msg);
  },
);

/** The message that answers `fault` with `code`. */
export function responseTo(fault: Fault, code: number): PageResponse {
  return {
    name: `${fault.name} code ${code}`,
    pasid: fault.pasid,
    pasidValid: fault.pasidValid && fault.needsPasid,
    grpid: fault.grpid,
    code,
    group: fault.group,
  };
}

/** Does a pending record match a response (1.A.6 step 6)? */
export function matches(pending: Fault, msg: PageResponse): boolean {
  if (pending.grpid !== msg.grpid) return false;
  if (!pending.needsPasid) return true;
  return msg.pasidValid && msg.pasid === pending.pasid;
}

/** Call the driver's response op on behalf of the core; 0 when it has none. */
export const respond = fn(
  'iopf_respond',
  function* (k: Kernel, dev: Device, fault: Fault, code: number, abort?: boolean): Gen<number> {
    const answer = k.driver.page_response;
    return answer === null ? 0 : yield* answer(k, dev, fault, code, fault.group, abort ?? false);
  },
  'a helper of ours: upstream calls ops->page_response at each place',
);

/** 1.A.6: the pointer to the fault data is read again at every use, without the device lock. */
export const iommu_page_response = iommuFn(
  'iommu_page_response',
  function* (k: Kernel, dev: Device, msg: PageResponse) {
    const answer = k.driver.page_response;
    if (answer === null) return -ENODEV;
    const param = yield* load(dev, 'iommu');
    if (param === null || (yield* load(param, 'fault_param')) === null) return -EINVAL;
    yield* mutex_lock(member(yield* load(param, 'fault_param'), 'lock'));
    let ret = -EINVAL;
    if (yield* list_empty(member(yield* load(param, 'fault_param'), 'faults'))) {
      yield* pr_warn('no pending PRQ, drop response');
    } else {
      let node = yield* list_first(member(yield* load(param, 'fault_param'), 'faults'));
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
    }
    yield* mutex_unlock(member(yield* load(param, 'fault_param'), 'lock'));
    return ret;
  },
);

/** 1.A.7: flushes with the device lock held. */
export const iopf_queue_flush_dev = fn('iopf_queue_flush_dev', function* (_k: Kernel, dev: Device) {
  const param = yield* load(dev, 'iommu');
  if (param === null) return -ENODEV;
  let ret = 0;
  yield* mutex_lock(member(param, 'lock'));
  const ip = yield* load(param, 'iopf_param');
  if (ip === null) ret = -ENODEV;
  else yield* flush_workqueue(yield* load(yield* load(ip, 'queue'), 'wq'));
  yield* mutex_unlock(param.lock);
  return ret;
});

/** Unlink and free every page of a partial list. */
export const iopf_free_partials = fn(
  'iopf_free_partials',
  function* (partial: ListHead<IopfFault>) {
    let node = yield* list_first(partial);
    while (node !== null) {
      const next = yield* list_next(node);
      yield* list_del(node);
      yield* kfree(node.entry);
      node = next;
    }
  },
  'a helper of ours: upstream writes this loop out at each place',
);

/** 1.A.8: holds the queue lock only. */
export const iopf_queue_discard_partial = fn(
  'iopf_queue_discard_partial',
  function* (_k: Kernel, queue: IopfQueue | null) {
    if (queue === null) return -EINVAL;
    yield* mutex_lock(queue.lock);
    let node = yield* list_first(queue.devices);
    while (node !== null) {
      yield* iopf_free_partials(node.entry.partial);
      node = yield* list_next(node);
    }
    yield* mutex_unlock(queue.lock);
    return 0;
  },
);

/** 1.A.9 */
export const iopf_queue_add_device = fn(
  'iopf_queue_add_device',
  function* (_k: Kernel, queue: IopfQueue, dev: Device) {
    const param = yield* load(dev, 'iommu');
    if (param === null) return -ENODEV;
    const ip = yield* kzalloc('iopf_device_param', () => new IopfDeviceParam(dev, queue));
    if (ip === null) return -ENOMEM;
    let ret = -EBUSY;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    if ((yield* load(param, 'iopf_param')) === null) {
      yield* list_add(ip.queue_list, queue.devices as ListHead<IopfDeviceParam>);
      yield* store(param, 'iopf_param', ip);
      ret = 0;
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    if (ret !== 0) yield* kfree(ip);
    return ret;
  },
);

/** 1.A.10: queued groups are neither waited for nor answered. */
export const iopf_queue_remove_device = fn(
  'iopf_queue_remove_device',
  function* (_k: Kernel, queue: IopfQueue | null, dev: Device) {
    const param = yield* load(dev, 'iommu');
    if (param === null || queue === null) return -EINVAL;
    yield* mutex_lock(queue.lock);
    yield* mutex_lock(member(param, 'lock'));
    const ip = yield* load(param, 'iopf_param');
    let ret = -EINVAL;
    if (ip !== null && (yield* load(ip, 'queue')) === queue) {
      yield* list_del(ip.queue_list);
      yield* store(param, 'iopf_param', null);
      ret = 0;
    }
    yield* mutex_unlock(param.lock);
    yield* mutex_unlock(queue.lock);
    if (ret !== 0 || ip === null) return ret;
    yield* iopf_free_partials(ip.partial);
    yield* kfree(ip);
    return 0;
  },
);

/** 1.A.11 */
export const iopf_queue_alloc = fn('iopf_queue_alloc', function* (_k: Kernel, name: string) {
  return yield* kzalloc('iopf_queue', () => new IopfQueue(`iopfq-${name}`));
});

/** 1.A.11: removes what is left without the queue lock, drains, frees. */
export const iopf_queue_free = fn(
  'iopf_queue_free',
  function* (k: Kernel, queue: IopfQueue | null) {
    if (queue === null) return;
    let node = yield* list_first(queue.devices);
    while (node !== null) {
      const next = yield* list_next(node);
      yield* k.ops.iopf_queue_remove_device(k, queue, node.entry.dev as Device);
      node = next;
    }
    const wq = yield* load(queue, 'wq');
    yield* destroy_workqueue(wq);
    yield* kfree(wq);
    yield* kfree(queue);
  },
);
