// drivers/iommu/iommu.c: attaching domains to a PASID or to the requester id, and the lookups of the
// fault path (1.C.4, 1.C.5).
import { type Gen, modelFile } from '../core/task';
import { NO_PASID } from '../hardware/codes';
import { kfree, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { xa_erase, xa_insert, xa_load, xa_store } from '../primitives/xarray';
import type { Kernel } from './kernel';
import {
  type AttachHandle,
  type Device,
  type Domain,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOENT,
  EOPNOTSUPP,
} from './objects';

const fn = modelFile('engine/kernel/iommu.ts', 'drivers/iommu/iommu.c (v6.12)');

/**
 * iommu_attach_handle_get: no reference is taken; the handle lives as long as the attachment.
 * @param type what sort of domain it must be; empty for any
 * @returns the handle, -ENOENT, or -EBUSY for another type
 */
export const iommu_attach_handle_get = fn(
  'iommu_attach_handle_get',
  function* (dev: Device | null, pasid: number, type = ''): Gen<AttachHandle | number> {
    const group = yield* load(dev, 'group');
    yield* spin_lock(group.xa_lock);
    const handle = yield* xa_load(group.pasid_array, pasid);
    let ret: AttachHandle | number = handle ?? -ENOENT;
    if (handle !== null && type !== '') {
      const domain = yield* load(handle, 'domain');
      if (domain.type !== type) ret = -EBUSY;
    }
    yield* spin_unlock(group.xa_lock);
    return ret;
  },
);

/** Put a handle (or a reservation) into the PASID array: 0 or -EBUSY. */
const insert = fn(
  'xa_insert',
  function* (dev: Device, pasid: number, handle: AttachHandle | null): Gen<number> {
    yield* spin_lock(dev.group.xa_lock);
    const ret = yield* xa_insert(dev.group.pasid_array, pasid, handle);
    yield* spin_unlock(dev.group.xa_lock);
    return ret;
  },
  'lock, change and unlock are three steps',
);

const erase = fn(
  'xa_erase',
  function* (dev: Device, pasid: number): Gen<void> {
    yield* spin_lock(dev.group.xa_lock);
    yield* xa_erase(dev.group.pasid_array, pasid);
    yield* spin_unlock(dev.group.xa_lock);
  },
  'lock, change and unlock are three steps',
);

const replace = fn(
  'xa_store',
  function* (dev: Device, pasid: number, handle: AttachHandle): Gen<void> {
    yield* spin_lock(dev.group.xa_lock);
    yield* xa_store(dev.group.pasid_array, pasid, handle);
    yield* spin_unlock(dev.group.xa_lock);
  },
  'lock, change and unlock are three steps',
);

/** iommu_attach_device_pasid: the handle is in the array before the hardware is programmed. */
export const iommu_attach_device_pasid = fn(
  'iommu_attach_device_pasid',
  function* (
    k: Kernel,
    domain: Domain,
    dev: Device | null,
    pasid: number,
    handle: AttachHandle,
  ): Gen<number> {
    const program = k.driver.set_dev_pasid;
    if (program === undefined) return -EOPNOTSUPP;
    if (dev === null || (yield* load(dev, 'group')) === null) return -ENODEV;
    if (pasid === NO_PASID) return -EINVAL;
    yield* mutex_lock(dev.group.mutex);
    let ret = pasid >= dev.pasid_max ? -EINVAL : yield* insert(dev, pasid, handle);
    if (ret === 0) {
      ret = yield* program(k, dev, pasid, domain, null);
      if (ret !== 0) yield* erase(dev, pasid);
    }
    yield* mutex_unlock(dev.group.mutex);
    return ret;
  },
);

/**
 * iommu_detach_device_pasid: hardware first (the driver tears down and, where it does, drains),
 * then the array.
 */
export const iommu_detach_device_pasid = fn(
  'iommu_detach_device_pasid',
  function* (k: Kernel, domain: Domain, dev: Device | null, pasid: number): Gen<void> {
    const group = yield* load(dev, 'group');
    yield* mutex_lock(group.mutex);
    if (k.driver.remove_dev_pasid) {
      yield* k.driver.remove_dev_pasid(k, dev as Device, pasid, domain);
    }
    yield* erase(dev as Device, pasid);
    yield* mutex_unlock(group.mutex);
  },
);

/** iommu_attach_group_handle: the handle in the array, then the hardware. */
export const iommu_attach_group_handle = fn(
  'iommu_attach_group_handle',
  function* (k: Kernel, domain: Domain, dev: Device, handle: AttachHandle): Gen<number> {
    yield* mutex_lock(dev.group.mutex);
    let ret = yield* insert(dev, NO_PASID, handle);
    if (ret === 0) {
      ret = yield* k.driver.attach_dev(k, dev, domain);
      if (ret !== 0) yield* erase(dev, NO_PASID);
      else yield* store(dev, 'rid_domain', domain);
    }
    yield* mutex_unlock(dev.group.mutex);
    return ret;
  },
  'a group has one device',
);

/** iommu_detach_group_handle: hardware to the blocking domain, then the array. */
export const iommu_detach_group_handle = fn(
  'iommu_detach_group_handle',
  function* (k: Kernel, dev: Device): Gen<void> {
    yield* mutex_lock(dev.group.mutex);
    yield* k.driver.attach_dev(k, dev, null);
    yield* store(dev, 'rid_domain', null);
    yield* erase(dev, NO_PASID);
    yield* mutex_unlock(dev.group.mutex);
  },
  'a group has one device',
);

/** iommu_replace_group_handle: the hardware switches first; then the new handle is stored. */
export const iommu_replace_group_handle = fn(
  'iommu_replace_group_handle',
  function* (k: Kernel, dev: Device, domain: Domain | null, handle: AttachHandle): Gen<number> {
    if (domain === null) return -EINVAL;
    yield* mutex_lock(dev.group.mutex);
    const reserved = (yield* insert(dev, NO_PASID, null)) === 0;
    yield* store(handle, 'domain', domain);
    const ret = yield* k.driver.attach_dev(k, dev, domain);
    if (ret === 0) {
      yield* store(dev, 'rid_domain', domain);
      yield* replace(dev, NO_PASID, handle);
    } else if (reserved) {
      yield* erase(dev, NO_PASID);
    }
    yield* mutex_unlock(dev.group.mutex);
    return ret;
  },
  'a group has one device',
);

/** iommu_replace_device_pasid (6.15 on): as the group form, for one PASID. */
export const iommu_replace_device_pasid = fn(
  'iommu_replace_device_pasid',
  function* (
    k: Kernel,
    dev: Device,
    domain: Domain,
    pasid: number,
    handle: AttachHandle,
  ): Gen<number> {
    const program = k.driver.set_dev_pasid;
    if (program === undefined) return -EOPNOTSUPP;
    yield* mutex_lock(dev.group.mutex);
    const old = yield* xa_load(dev.group.pasid_array, pasid);
    let ret = -EINVAL;
    if (old !== null) {
      const before = yield* load(old, 'domain');
      ret = yield* program(k, dev, pasid, domain, before);
      if (ret === 0) yield* replace(dev, pasid, handle);
    }
    yield* mutex_unlock(dev.group.mutex);
    return ret;
  },
);

/** iommu_release_device: the driver lets go, then the fault data pointers go. */
export const iommu_release_device = fn(
  'iommu_release_device',
  function* (k: Kernel, dev: Device): Gen<void> {
    if (k.driver.release_device) yield* k.driver.release_device(k, dev);
    const param = yield* load(dev, 'iommu');
    yield* store(dev, 'iommu', null);
    yield* kfree(param);
  },
);
