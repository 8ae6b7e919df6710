// drivers/iommu/iommu.c: PASID attachment and the lookups of the fault path (1.C.4, 1.C.5).
import { type Gen, modelFunction } from '../core/task';
import { kfree, kzalloc } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import type { Kernel } from './kernel';
import { AttachHandle, type Device, type Domain, EBUSY, ENOMEM } from './objects';

const FILE = 'engine/kernel/iommu.ts';
const UPSTREAM = 'drivers/iommu/iommu.c (v6.12)';

/** iommu_attach_handle_get: no reference is taken; the handle lives as long as the attachment. */
export const iommu_attach_handle_get = modelFunction(
  { name: 'iommu_attach_handle_get', file: FILE, upstream: UPSTREAM },
  function* (dev: Device, pasid: number): Gen<AttachHandle | null> {
    yield* spin_lock(dev.group.xa_lock);
    const handle = dev.group.pasids.get(pasid) ?? null;
    yield* spin_unlock(dev.group.xa_lock);
    return handle;
  },
);

/** iommu_attach_device_pasid: the handle is in the array before the hardware is programmed. */
export const iommu_attach_device_pasid = modelFunction(
  {
    name: 'iommu_attach_device_pasid',
    file: FILE,
    upstream: UPSTREAM,
    deviates: 'programming the PASID entry always succeeds and is not a step of its own',
  },
  function* (domain: Domain, dev: Device, pasid: number): Gen<number> {
    const handle = yield* kzalloc('iommu_attach_handle', () => new AttachHandle(domain));
    if (handle === null) return -ENOMEM;
    yield* mutex_lock(dev.group.mutex);
    yield* spin_lock(dev.group.xa_lock);
    const occupied = dev.group.pasids.has(pasid);
    if (!occupied) dev.group.pasids.set(pasid, handle);
    yield* spin_unlock(dev.group.xa_lock);
    yield* mutex_unlock(dev.group.mutex);
    if (!occupied) return 0;
    yield* kfree(handle);
    return -EBUSY;
  },
);

/**
 * iommu_detach_device_pasid: hardware first (the driver tears down and, where it does, drains),
 * then the array. The handle is given back, not freed.
 */
export const iommu_detach_device_pasid = modelFunction(
  {
    name: 'iommu_detach_device_pasid',
    file: FILE,
    upstream: UPSTREAM,
    deviates: 'tearing down the PASID entry is not a step of its own',
  },
  function* (k: Kernel, dev: Device, pasid: number): Gen<AttachHandle | null> {
    yield* mutex_lock(dev.group.mutex);
    if (k.driver.drain_prq) yield* k.driver.drain_prq(k, dev, pasid);
    yield* spin_lock(dev.group.xa_lock);
    const handle = dev.group.pasids.get(pasid) ?? null;
    dev.group.pasids.delete(pasid);
    yield* spin_unlock(dev.group.xa_lock);
    yield* mutex_unlock(dev.group.mutex);
    return handle;
  },
);
