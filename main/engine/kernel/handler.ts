// Which handler a legacy driver registers: the IOPF queue, or the queue for user space.
import { type Gen, modelFunction } from '../core/task';
import type { Kernel } from './kernel';
import type { Device, FaultHandler } from './objects';

/** Register the device's fault handler, where the variant still has registration. */
export const registerHandler = modelFunction(
  {
    name: 'register_iopf_handler',
    file: 'engine/kernel/handler.ts',
    deviates: 'a helper of ours: drivers pass iommu_queue_iopf; the lab may pass its own consumer',
  },
  function* (k: Kernel, dev: Device): Gen<number> {
    const register = k.ops.iommu_register_device_fault_handler;
    if (register === undefined) return 0;
    const handler = dev.user_faults === null ? k.ops.iommu_queue_iopf : k.ops.user_fault_handler;
    return yield* register(k, dev, handler as FaultHandler, dev);
  },
);
