// drivers/iommu/iommufd: the life of fault objects and HWPTs, and attaching a device to a HWPT
// (1.C.8, 1.D).
import { peek } from '../core/object';
import { type Gen, modelFile, nothing, type Step } from '../core/task';
import { NO_PASID } from '../hardware/codes';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import {
  refcount_dec,
  refcount_dec_and_test,
  refcount_dec_if_one,
  refcount_inc,
  refcount_set,
} from '../primitives/refcount';
import { down_write, up_write } from '../primitives/rwsem';
import { user_copy } from '../primitives/user-copy';
import { queue_work } from '../primitives/workqueue';
import { xa_erase, xa_load, xa_store } from '../primitives/xarray';
import { iommu_attach_handle_get } from './iommu';
import {
  answer_waiting,
  auto_response,
  iommufd_auto_response_faults,
  iommufd_fault_iopf_handler,
} from './iommufd-fault';
import { FaultObject, Hwpt, type IommufdCtx } from './iommufd-objects';
import type { Kernel, KernelOps } from './kernel';
import {
  AttachHandle,
  type Device,
  Domain,
  EBUSY,
  EFAULT,
  EINVAL,
  ENODEV,
  ENOENT,
  ENOMEM,
} from './objects';

const FILE = 'engine/kernel/iommufd-device.ts';
const fn = modelFile(FILE, 'drivers/iommu/iommufd/device.c (v6.12)');
const faultFn = modelFile(FILE, 'drivers/iommu/iommufd/fault.c (v6.12)');
const mainFn = modelFile(FILE, 'drivers/iommu/iommufd/main.c (v6.12)');
const hwptFn = modelFile(FILE, 'drivers/iommu/iommufd/hw_pagetable.c (v6.12)');

const putCtx = mainFn('iommufd_ctx_put', function* (ctx: IommufdCtx | null): Gen<void> {
  if (ctx === null) return;
  if (yield* refcount_dec_and_test(ctx.refs)) yield* kfree(ctx);
});

/** Close of the last descriptor; groups that wait are not answered (B42). */
export const iommufd_fault_fops_release = faultFn(
  'iommufd_fault_fops_release',
  function* (k: Kernel, f: FaultObject): Gen<void> {
    const first = k.level['release-loads-first'];
    const early = first ? yield* load(f, 'ictx') : null;
    yield* refcount_dec(f.users);
    yield* putCtx(first ? early : yield* load(f, 'ictx'));
  },
);

const fput = mainFn('fput', function* (k: Kernel, f: FaultObject): Gen<void> {
  if (!(yield* refcount_dec_and_test(f.file))) return;
  if (k.level['abort-waits-for-file'] || f.ictx === null) {
    yield* iommufd_fault_fops_release(k, f);
    return;
  }
  const work = f.ictx.fput_work;
  work.fn = () => iommufd_fault_fops_release(k, f);
  yield* queue_work(k.globals.delayed_fput, work);
});

/** Undo an allocation that failed after the file existed (B28). */
const abortAlloc = faultFn(
  'iommufd_fault_alloc_abort',
  function* (k: Kernel, f: FaultObject): Gen<void> {
    yield* fput(k, f);
    if (!k.level['fput-once']) {
      yield* refcount_dec(f.users);
      yield* putCtx(yield* load(f, 'ictx'));
    }
    yield* kfree(f);
  },
  'the error path of iommufd_fault_alloc, written out',
);

/** IOMMU_FAULT_QUEUE_ALLOC */
export const iommufd_fault_alloc = faultFn(
  'iommufd_fault_alloc',
  function* (k: Kernel, ctx: IommufdCtx, name: string): Gen<FaultObject | number> {
    const f = yield* kzalloc('iommufd_fault', () => new FaultObject(name));
    if (f === null) return -ENOMEM;
    yield* refcount_set(f.file, 1);
    yield* refcount_inc(f.users);
    yield* refcount_inc(ctx.refs);
    yield* store(f, 'ictx', ctx);
    const left = yield* user_copy(f, 'to_user', 16);
    if (left !== 0) {
      yield* abortAlloc(k, f);
      return -EFAULT;
    }
    yield* store(f, 'finalized', true);
    return f;
  },
  'the file descriptor is part of the object',
);

/** close(2) of a fault file. */
export const iommufd_fault_close = faultFn(
  'iommufd_fault_close',
  function* (k: Kernel, f: FaultObject): Gen<void> {
    if (yield* refcount_dec_and_test(f.file)) yield* iommufd_fault_fops_release(k, f);
  },
  'close of the last descriptor, without the deferral of fput',
);

/** IOMMU_HWPT_ALLOC, perhaps with a fault object. */
export const iommufd_hwpt_alloc = hwptFn(
  'iommufd_hwpt_alloc',
  function* (_k: Kernel, f: FaultObject | null, name: string, nested: boolean): Gen<Hwpt | number> {
    if (f !== null && !(yield* load(f, 'finalized'))) return -ENOENT;
    const make = (): Domain => new Domain(nested ? 'nested' : 'paging');
    const domain = yield* kzalloc('iommu_domain', make);
    if (domain === null) return -ENOMEM;
    const hwpt = yield* kzalloc('iommufd_hw_pagetable', () => new Hwpt(domain, f, name));
    if (hwpt === null) {
      yield* kfree(domain);
      return -ENOMEM;
    }
    if (f !== null) {
      yield* store(domain, 'iopf_handler', iommufd_fault_iopf_handler);
      yield* store(domain, 'fault_data', f);
      f.tables.push(domain.pgd);
      yield* refcount_inc(f.users);
    }
    yield* store(hwpt, 'finalized', true);
    return hwpt;
  },
);

/** IOMMU_DESTROY: only an object that nobody uses. */
export const iommufd_destroy = mainFn(
  'iommufd_destroy',
  function* (k: Kernel, object: FaultObject | Hwpt): Gen<number> {
    if (!peek(object, 'finalized') || object.state !== 0) return -ENOENT;
    if (!(yield* refcount_dec_if_one(object.users))) return -EBUSY;
    yield* store(object, 'finalized', false);
    if (object instanceof FaultObject) {
      yield* answer_waiting(k, object, null);
    } else {
      const f = yield* load(object, 'fault');
      yield* kfree(yield* load(object, 'domain'));
      if (f !== null) yield* refcount_dec(f.users);
    }
    yield* kfree(object);
    return 0;
  },
  'short-term users are not waited for',
);

/** 6.11 … 6.15: the first attachment that wants faults enables them on the device. */
const fault_iopf_enable = faultFn(
  'iommufd_fault_iopf_enable',
  function* (k: Kernel, dev: Device): Gen<number> {
    if (dev.is_virtfn) return -EINVAL;
    const { iopf_lock } = dev.iommufd;
    yield* mutex_lock(iopf_lock);
    const users = yield* load(dev.iommufd, 'iopf_enabled');
    const ret = users === 0 ? yield* k.driver.enable_iopf(k, dev) : 0;
    if (ret === 0) yield* store(dev.iommufd, 'iopf_enabled', users + 1);
    yield* mutex_unlock(iopf_lock);
    return ret;
  },
);

const fault_iopf_disable = faultFn(
  'iommufd_fault_iopf_disable',
  function* (k: Kernel, dev: Device): Gen<void> {
    const { iopf_lock } = dev.iommufd;
    yield* mutex_lock(iopf_lock);
    const users = (yield* load(dev.iommufd, 'iopf_enabled')) - 1;
    yield* store(dev.iommufd, 'iopf_enabled', users);
    if (users === 0) yield* k.driver.disable_iopf(k, dev);
    yield* mutex_unlock(iopf_lock);
  },
);

/** Selftest from 2026 on: nobody reports while a device is attached, replaced or detached (B29). */
function reportsOut(k: Kernel, dev: Device): Step<void> {
  const excludes = k.driver.excludesReports && k.level['mock-report-rwsem'];
  return excludes ? down_write(dev.report_lock) : nothing;
}

function reportsIn(k: Kernel, dev: Device): Step<void> {
  const excludes = k.driver.excludesReports && k.level['mock-report-rwsem'];
  return excludes ? up_write(dev.report_lock) : nothing;
}

const attachCore = fn(
  'iommufd_hwpt_attach_core',
  function* (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number, handle: AttachHandle): Gen<number> {
    const { domain } = hwpt;
    if (pasid === NO_PASID) {
      return yield* (
        k.ops.iommu_attach_group_handle as Required<KernelOps>['iommu_attach_group_handle']
      )(k, domain, dev, handle);
    }
    return yield* (
      k.ops.iommu_attach_device_pasid as Required<KernelOps>['iommu_attach_device_pasid']
    )(k, domain, dev, pasid, handle);
  },
  'a helper of ours: the choice between requester id and PASID',
);

/** Attach a device, or a PASID of it, to a HWPT; under the group lock. */
export const iommufd_hwpt_attach_device = fn(
  'iommufd_hwpt_attach_device',
  function* (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number): Gen<number> {
    const { lock, hwpts } = dev.iommufd;
    yield* reportsOut(k, dev);
    yield* mutex_lock(lock);
    const handle = yield* kzalloc('iommufd_attach_handle', () => new AttachHandle(hwpt.domain));
    let ret = handle === null ? -ENOMEM : 0;
    const faults = (yield* load(hwpt, 'fault')) !== null;
    let enabled = false;
    if (handle !== null) {
      if (faults) ret = yield* fault_iopf_enable(k, dev);
      enabled = faults && ret === 0;
      if (ret === 0) {
        yield* store(handle, 'idev', dev);
        ret = yield* attachCore(k, dev, hwpt, pasid, handle);
      }
      if (ret === 0) {
        yield* refcount_inc(hwpt.users);
        yield* xa_store(hwpts, pasid, hwpt);
      } else {
        if (enabled) yield* fault_iopf_disable(k, dev);
        yield* kfree(handle);
      }
    }
    yield* mutex_unlock(lock);
    yield* reportsIn(k, dev);
    return ret;
  },
  'a group has one device; PASID attachments (6.15) exist in every variant with iommufd',
);

/** Detach: hardware, array, then what waits is cancelled, then faults are disabled. */
export const iommufd_hwpt_detach_device = fn(
  'iommufd_hwpt_detach_device',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    const { lock, hwpts } = dev.iommufd;
    yield* reportsOut(k, dev);
    yield* mutex_lock(lock);
    const hwpt = yield* xa_erase(hwpts, pasid);
    if (hwpt !== null) {
      const handle = yield* iommu_attach_handle_get(dev, pasid);
      if (pasid === NO_PASID) {
        yield* (
          k.ops.iommu_detach_group_handle as Required<KernelOps>['iommu_detach_group_handle']
        )(k, dev);
      } else {
        yield* (
          k.ops.iommu_detach_device_pasid as Required<KernelOps>['iommu_detach_device_pasid']
        )(k, hwpt.domain, dev, pasid);
      }
      const mine = typeof handle === 'number' ? null : handle;
      if ((yield* load(hwpt, 'fault')) !== null) {
        yield* iommufd_auto_response_faults(k, hwpt, mine);
        yield* fault_iopf_disable(k, dev);
      }
      yield* kfree(mine);
      yield* refcount_dec(hwpt.users);
    }
    yield* mutex_unlock(lock);
    yield* reportsIn(k, dev);
  },
  'a group has one device',
);

/** The part of replace that changes the hardware and the array. */
const replaceCore = fn(
  'iommufd_hwpt_replace_core',
  function* (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number, handle: AttachHandle): Gen<number> {
    const { domain } = hwpt;
    if (pasid === NO_PASID) {
      return yield* (
        k.ops.iommu_replace_group_handle as Required<KernelOps>['iommu_replace_group_handle']
      )(k, dev, domain, handle);
    }
    return yield* (
      k.ops.iommu_replace_device_pasid as Required<KernelOps>['iommu_replace_device_pasid']
    )(k, dev, domain, pasid, handle);
  },
  'a helper of ours: the choice between requester id and PASID',
);

/** Replace the HWPT of a device. Between 6.15 and mid-2026 the wrong one is cleaned up (B25). */
export const iommufd_hwpt_replace_device = fn(
  'iommufd_hwpt_replace_device',
  function* (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number): Gen<number> {
    const { lock, hwpts } = dev.iommufd;
    yield* reportsOut(k, dev);
    yield* mutex_lock(lock);
    const old = yield* xa_load(hwpts, pasid);
    const oldHandle = yield* iommu_attach_handle_get(dev, pasid);
    const ret =
      old === null || typeof oldHandle === 'number'
        ? -ENODEV
        : yield* replaceLocked(k, dev, hwpt, old, oldHandle, pasid);
    yield* mutex_unlock(lock);
    yield* reportsIn(k, dev);
    return ret;
  },
);

const replaceLocked = fn(
  'iommufd_hwpt_replace_locked',
  function* (
    k: Kernel,
    dev: Device,
    hwpt: Hwpt,
    old: Hwpt,
    oldHandle: AttachHandle,
    pasid: number,
  ): Gen<number> {
    const handle = yield* kzalloc('iommufd_attach_handle', () => new AttachHandle(hwpt.domain));
    if (handle === null) return -ENOMEM;
    yield* store(handle, 'idev', dev);
    const before = (yield* load(old, 'fault')) !== null;
    const after = (yield* load(hwpt, 'fault')) !== null;
    let ret = after && !before ? yield* fault_iopf_enable(k, dev) : 0;
    if (ret === 0) ret = yield* replaceCore(k, dev, hwpt, pasid, handle);
    if (ret !== 0) {
      yield* kfree(handle);
      return ret;
    }
    yield* refcount_inc(hwpt.users);
    yield* xa_store(dev.iommufd.hwpts, pasid, hwpt);
    if (before) {
      const wrong = k.level['generic-attach-handle'] && !k.level['replace-answers-old-hwpt'];
      yield* iommufd_auto_response_faults(k, wrong ? hwpt : old, oldHandle);
      if (!after) yield* fault_iopf_disable(k, dev);
    }
    yield* kfree(oldHandle);
    yield* refcount_dec(old.users);
    return 0;
  },
  'a helper of ours: the body of iommufd_hwpt_replace_device under the lock',
);

/** Attach a PASID to a domain with this fault object, without HWPT and group lock. */
export const iommufd_user_attach = fn(
  'user_attach',
  function* (k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<number> {
    const domain = (yield* kzalloc('iommu_domain', () => new Domain())) as Domain;
    const handle = (yield* kzalloc(
      'iommufd_attach_handle',
      () => new AttachHandle(domain),
    )) as AttachHandle;
    domain.iopf_handler = iommufd_fault_iopf_handler;
    domain.fault_data = faults;
    faults.tables.push(domain.pgd);
    handle.idev = dev;
    const attach = k.ops
      .iommu_attach_device_pasid as Required<KernelOps>['iommu_attach_device_pasid'];
    return yield* attach(k, domain, dev, pasid, handle);
  },
  'the group lock and the IOPF enable counter are left to the caller',
);

/** Undo `user_attach`: hardware, array, then what waits for the handle is answered INVALID. */
export const iommufd_user_detach = fn(
  'user_detach',
  function* (k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<void> {
    const handle = yield* iommu_attach_handle_get(dev, pasid);
    if (typeof handle === 'number') return;
    const domain = yield* load(handle, 'domain');
    const detach = k.ops
      .iommu_detach_device_pasid as Required<KernelOps>['iommu_detach_device_pasid'];
    yield* detach(k, domain, dev, pasid);
    yield* auto_response(k, faults, handle);
    yield* kfree(domain);
    yield* kfree(handle);
  },
  'the group lock and the IOPF enable counter are left to the caller',
);
