// drivers/dma/idxd: a device driver that keeps the contract: stop the work of the PASID on the
// device, wait for the device, then unbind (2.2).
import { type Gen, modelFile } from '../core/task';
import { device_idle, device_start, device_stop } from '../hardware/device';
import { flush_workqueue } from '../primitives/workqueue';
import type { Kernel } from './kernel';
import type { Mm } from './mm-objects';
import type { AttachHandle, Device } from './objects';

const fn = modelFile('engine/kernel/idxd.ts', 'drivers/dma/idxd/cdev.c');

/** Drain the PASID on the device, then the event log. */
export const idxd_drain_pasid = fn(
  'idxd_drain_pasid',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    yield* device_stop(dev.hw, pasid);
    yield* device_idle(dev.hw, pasid);
    yield* flush_workqueue(k.globals.delayed_fput);
  },
  'the event log has a work queue of its own; here it is an empty one',
);

/** Open of the character device: bind the address space of the opener. */
export const idxd_cdev_open = fn(
  'idxd_cdev_open',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<AttachHandle | number> {
    device_start(dev.hw, pasid);
    return yield* k.ops.iommu_sva_bind_device(k, dev, mm, pasid);
  },
  'work queue and user context are left out',
);

/** Release: drain first, unbind afterwards. */
export const idxd_cdev_release = fn(
  'idxd_cdev_release',
  function* (k: Kernel, dev: Device, pasid: number, handle: AttachHandle | null): Gen<void> {
    yield* idxd_drain_pasid(k, dev, pasid);
    yield* k.ops.iommu_sva_unbind_device(k, dev, pasid, handle);
  },
  'work queue and user context are left out',
);
