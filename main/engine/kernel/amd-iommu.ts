// drivers/iommu/amd: the PPR log, whose head moves before an entry is handled, and a detach that
// leaves the queue before page requests are off (1.C.7, 2.5, B36).
import { peek } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_FAILURE, NO_PASID } from '../hardware/codes';
import { hw_page_response } from '../hardware/device';
import { invalidate } from '../hardware/invalidation-queue';
import { noteHead, PRS_PPR, PRS_PRO, type RequestSlot } from '../hardware/page-request-queue';
import { pasid_entry } from '../hardware/pasid-table';
import { reg_read, reg_write } from '../hardware/registers';
import { store } from '../primitives/memory';
import { faultOf } from './intel-prq';
import type { DriverOps, Kernel } from './kernel';
import {
  type Device,
  deviceOf,
  EINVAL,
  type Fault,
  type IommuUnit,
  type IopfQueue,
} from './objects';
import { pci_disable_pri, pci_enable_pri, pci_reset_pri } from './pci-ats';
import { simpleEntries } from './simple-entries';

const fn = modelFile('engine/kernel/amd-iommu.ts', 'drivers/iommu/amd (v6.12)');

/** COMPLETE_PPR: PASID, tag and code, passed through. */
const amd_iommu_page_response = fn(
  'amd_iommu_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
);

const iommu_call_iopf_notifier = fn(
  'iommu_call_iopf_notifier',
  function* (k: Kernel, unit: IommuUnit, slot: RequestSlot): Gen<void> {
    const dev = deviceOf(unit, slot.hw);
    const valid = slot.pasid !== NO_PASID && dev !== null && slot.pasid < dev.pasid_max;
    if (!valid) {
      const { hw, index, pasid, group } = slot;
      if (slot.last) yield* hw_page_response(hw, index, pasid, CODE_FAILURE, group, true);
      return;
    }
    yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
  },
);

const iommu_poll_ppr_log = fn(
  'iommu_poll_ppr_log',
  function* (k: Kernel, unit: IommuUnit): Gen<void> {
    const { prq } = unit;
    yield* reg_write(prq.regs, 'PRS', PRS_PPR);
    for (;;) {
      const head = yield* reg_read(prq.regs, 'PQH');
      if (head === (yield* reg_read(prq.regs, 'PQT'))) break;
      const slot = prq.at(head);
      yield* reg_write(prq.regs, 'PQH', prq.after(head));
      noteHead(prq);
      yield* iommu_call_iopf_notifier(k, unit, slot);
    }
    // An overflow restarts the log.
    if ((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO) yield* reg_write(prq.regs, 'PRS', PRS_PRO);
  },
  'the log is restarted by clearing its overflow bit',
);

/** attach_device with an SVA-capable domain: capabilities on, join the queue. */
const attach_device = fn(
  'attach_device',
  function* (k: Kernel, dev: Device): Gen<number> {
    let on = yield* pci_reset_pri(dev);
    if (on === 0) on = yield* pci_enable_pri(dev);
    yield* store(dev, 'pri_enabled', on === 0);
    if (on !== 0) return on;
    const ret = yield* k.ops.iopf_queue_add_device(k, dev.unit.iopf_queue as IopfQueue, dev);
    if (ret !== 0) {
      yield* pci_disable_pri(dev);
      yield* store(dev, 'pri_enabled', false);
    }
    return ret;
  },
  'the domain of the requester id is not programmed here; a queue that refuses is an error',
);

/** detach_device: flush, leave the queue, capabilities off, device table entry cleared. */
const detach_device = fn('detach_device', function* (k: Kernel, dev: Device): Gen<number> {
  if (!peek(dev, 'pri_enabled')) return -EINVAL;
  yield* k.ops.iopf_queue_flush_dev(k, dev, NO_PASID);
  yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
  yield* pci_disable_pri(dev);
  yield* store(dev, 'pri_enabled', false);
  yield* pasid_entry(dev.hw, NO_PASID, null);
  yield* invalidate(dev.hw, NO_PASID);
  return 0;
});

const entries = simpleEntries(fn, {
  set: 'iommu_sva_set_dev_pasid',
  remove: 'amd_iommu_remove_dev_pasid',
  attach: 'amd_iommu_attach_device',
});

/** AMD from 6.11 on. */
export const amd612: DriverOps = {
  model: 'pri',
  drains: false,
  probe: () => {},
  enable_iopf: attach_device,
  disable_iopf: detach_device,
  page_response: amd_iommu_page_response,
  ...entries,
  irq_thread: iommu_poll_ppr_log,
};
