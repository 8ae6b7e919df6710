// drivers/iommu/arm/arm-smmu-v3: stalled transactions reported through the event queue, answered
// with CMD_RESUME. There is no drain: a device driver is expected to have finished all DMA before
// it detaches (1.A.13, 2.4).
import { type Gen, modelFile } from '../core/task';
import { CODE_FAILURE, hw_page_response, PRI_ENABLE } from '../hardware/device';
import { noteHead, PRS_PPR, type RequestSlot } from '../hardware/page-request-queue';
import { reg_read, reg_write } from '../hardware/registers';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { registerHandler } from './handler';
import { faultOf } from './intel-prq';
import type { DriverOps, Kernel } from './kernel';
import { type Device, EINVAL, type Fault, type IommuUnit, type IopfQueue } from './objects';

const FILE = 'engine/kernel/arm-smmu-v3.ts';

const fn = modelFile(FILE, 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c');
const svaFn = modelFile(FILE, 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c');

/** CMD_RESUME: RETRY for SUCCESS, ABORT for the rest; no sync. */
const arm_smmu_page_response = fn(
  'arm_smmu_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
);

function evtqThread(answersErrors: boolean) {
  const handle = fn(
    'arm_smmu_handle_evt',
    function* (k: Kernel, unit: IommuUnit, slot: RequestSlot): Gen<number> {
      yield* mutex_lock(unit.streams_mutex);
      const dev = unit.devices.find((d) => d.hw === slot.hw);
      let ret = -EINVAL;
      if (dev !== undefined) {
        ret = yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
        if (ret !== 0 && answersErrors) {
          yield* arm_smmu_page_response(k, dev, faultOf(slot), CODE_FAILURE, slot.group, true);
        }
      }
      yield* mutex_unlock(unit.streams_mutex);
      return ret;
    },
  );
  return fn(
    'arm_smmu_evtq_thread',
    function* (k: Kernel, unit: IommuUnit): Gen<void> {
      const { prq } = unit;
      yield* reg_write(prq.regs, 'PRS', PRS_PPR);
      for (;;) {
        const head = yield* reg_read(prq.regs, 'PQH');
        if (head === (yield* reg_read(prq.regs, 'PQT'))) return;
        const slot = prq.slots[head % prq.size] as RequestSlot;
        yield* reg_write(prq.regs, 'PQH', (head + 1) % (prq.size * 2));
        noteHead(prq);
        yield* handle(k, unit, slot);
      }
    },
    'the overflow bit is not modelled: stalled events are not lost (specification 2.4)',
  );
}

/** Join the queue, then register the handler; undo on an error. */
const arm_smmu_master_sva_enable_iopf = svaFn(
  'arm_smmu_master_sva_enable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    const queue = dev.unit.iopf_queue as IopfQueue;
    const ret = yield* k.ops.iopf_queue_add_device(k, queue, dev);
    if (ret !== 0) return ret;
    const registered = yield* registerHandler(k, dev);
    if (registered !== 0) yield* k.ops.iopf_queue_remove_device(k, queue, dev);
    return registered;
  },
  'the global sva_lock around it is left out; nothing else here takes it while it is held',
);

/** Both results are ignored; nothing is flushed. */
const arm_smmu_master_sva_disable_iopf = svaFn(
  'arm_smmu_master_sva_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    const unregister = k.ops.iommu_unregister_device_fault_handler;
    if (unregister) yield* unregister(k, dev);
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue as IopfQueue, dev);
    return 0;
  },
  'the check for remaining bonds is left to the caller',
);

const common = {
  model: 'stall' as const,
  drains: false,
  /** A stalled transaction needs no PRI: the hardware side is always on. */
  probe: (_k: Kernel, dev: Device): void => dev.hw.regs.write('CTRL', PRI_ENABLE),
  enable_iopf: arm_smmu_master_sva_enable_iopf,
  disable_iopf: arm_smmu_master_sva_disable_iopf,
  page_response: arm_smmu_page_response,
};

/** SMMUv3 up to 6.8: the driver answers what could not be reported. */
export const smmuLegacy: DriverOps = { ...common, irq_thread: evtqThread(true) };

/** SMMUv3 in 6.12: the core answers. */
export const smmu612: DriverOps = { ...common, irq_thread: evtqThread(false) };
