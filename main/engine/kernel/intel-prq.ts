// drivers/iommu/intel/prq.c and svm.c: the page request queue thread, the response, the drain, and
// enabling of each era (1.A.12, 1.C.7, 2.3).
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, hw_page_response, PRI_ENABLE } from '../hardware/device';
import {
  hw_drain,
  noteHead,
  PRS_PPR,
  PRS_PRO,
  type RequestSlot,
} from '../hardware/page-request-queue';
import { reg_read, reg_write } from '../hardware/registers';
import { complete, reinit_completion, wait_for_completion } from '../primitives/completion';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { registerHandler } from './handler';
import type { DriverOps, Kernel } from './kernel';
import { type Device, EBUSY, EINVAL, type Fault, type IommuUnit, type IopfQueue } from './objects';
import { pci_disable_pri, pci_enable_pri, pci_reset_pri } from './pci-ats';

const FILE = 'engine/kernel/intel-prq.ts';

const fn = modelFile(FILE, 'drivers/iommu/intel/prq.c (v6.12)');
const legacyFn = modelFile(FILE, 'drivers/iommu/intel/iommu.c (v6.1)');
const legacySvmFn = modelFile(FILE, 'drivers/iommu/intel/svm.c (v6.1)');
const enableFn = modelFile(FILE, 'drivers/iommu/intel/iommu.c (v6.12)');

/** The fault the core sees for a ring entry. */
export function faultOf(slot: RequestSlot): Fault {
  return {
    name: `fault(index ${slot.index}, pasid ${slot.pasid}${slot.last ? ', last' : ''})`,
    pasid: slot.pasid,
    pasidValid: true,
    needsPasid: true,
    grpid: slot.index,
    last: slot.last,
    addr: slot.addr,
    write: slot.write,
    group: slot.group,
  };
}

/** Submit a page group response through the invalidation queue; never sleeps. */
const intel_page_response = fn(
  'intel_iommu_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
  'requests without a PASID and queue errors are not modelled',
);

/** Answer a request that could not be reported, if it was a last one. */
const handle_bad_prq_event = fn('handle_bad_prq_event', function* (slot: RequestSlot) {
  if (!slot.last) return;
  yield* hw_page_response(slot.hw, slot.index, slot.pasid, CODE_INVALID, slot.group, true);
});

function deviceOf(unit: IommuUnit, slot: RequestSlot): Device | null {
  return unit.devices.find((d) => d.hw === slot.hw) ?? null;
}

const reportLegacy = legacySvmFn(
  'intel_svm_prq_report',
  function* (k: Kernel, unit: IommuUnit, slot: RequestSlot) {
    const dev = deviceOf(unit, slot);
    const ret =
      dev === null ? -EINVAL : yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
    if (ret !== 0) yield* handle_bad_prq_event(slot);
  },
);

const report612 = fn('intel_prq_report', function* (k: Kernel, unit: IommuUnit, slot: RequestSlot) {
  yield* mutex_lock(unit.iopf_lock);
  const dev = deviceOf(unit, slot);
  if (dev === null) {
    yield* mutex_unlock(unit.iopf_lock);
    yield* handle_bad_prq_event(slot);
    return;
  }
  yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
  yield* mutex_unlock(unit.iopf_lock);
});

function prqThread(report: typeof reportLegacy) {
  return fn(
    'prq_event_thread',
    function* (k: Kernel, unit: IommuUnit): Gen<void> {
      const { prq } = unit;
      yield* reg_write(prq.regs, 'PRS', PRS_PPR);
      const tail = yield* reg_read(prq.regs, 'PQT');
      let head = yield* reg_read(prq.regs, 'PQH');
      const wrap = prq.size * 2;
      while (head !== tail) {
        yield* report(k, unit, prq.slots[head % prq.size] as RequestSlot);
        head = (head + 1) % wrap;
      }
      yield* reg_write(prq.regs, 'PQH', tail);
      noteHead(prq);
      if ((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO) {
        const again = yield* reg_read(prq.regs, 'PQH');
        if (again === (yield* reg_read(prq.regs, 'PQT'))) {
          yield* k.ops.iopf_queue_discard_partial(k, unit.iopf_queue);
          yield* reg_write(prq.regs, 'PRS', PRS_PRO);
        }
      }
      if (unit.prq_complete.done === 0) yield* complete(unit.prq_complete);
    },
    'descriptor validity checks and Stop Markers are not modelled',
  );
}

/** Drain: software part, flush, hardware part (2.3). */
export const intel_drain_pasid_prq = fn(
  'intel_drain_pasid_prq',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    if (!dev.pri_enabled) return;
    const { unit } = dev;
    const { prq } = unit;
    for (;;) {
      yield* reinit_completion(unit.prq_complete);
      const tail = yield* reg_read(prq.regs, 'PQT');
      const head = yield* reg_read(prq.regs, 'PQH');
      let found = false;
      for (let i = head; i !== tail; i = (i + 1) % (prq.size * 2)) {
        if ((prq.slots[i % prq.size] as RequestSlot).pasid === pasid) found = true;
      }
      if (!found) break;
      yield* wait_for_completion(unit.prq_complete);
    }
    yield* k.ops.iopf_queue_flush_dev(k, dev, pasid);
    for (;;) {
      yield* reinit_completion(unit.prq_complete);
      yield* hw_drain(prq);
      if (!((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO)) break;
      yield* wait_for_completion(unit.prq_complete);
    }
  },
);

function probeWithPri(_k: Kernel, dev: Device): void {
  dev.pri_enabled = true;
  dev.hw.regs.write('CTRL', PRI_ENABLE);
}

/** 1.A.12: PRI itself is on since the device was attached to its DMA domain. */
const legacyEnable = legacyFn(
  'intel_iommu_enable_sva',
  function* (k: Kernel, dev: Device): Gen<number> {
    const queue = dev.unit.iopf_queue as IopfQueue;
    const ret = yield* k.ops.iopf_queue_add_device(k, queue, dev);
    if (ret !== 0) return ret;
    const registered = yield* registerHandler(k, dev);
    if (registered !== 0) yield* k.ops.iopf_queue_remove_device(k, queue, dev);
    return registered;
  },
);

/** 1.A.12, 6.1.16 and later: errors are looked at and undone. */
const legacyDisable = legacyFn(
  'intel_iommu_disable_sva',
  function* (k: Kernel, dev: Device): Gen<number> {
    const unregister = k.ops.iommu_unregister_device_fault_handler;
    let ret = unregister ? yield* unregister(k, dev) : 0;
    if (ret !== 0) return ret;
    ret = yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue as IopfQueue, dev);
    if (ret !== 0) yield* registerHandler(k, dev);
    return ret;
  },
);

const enable = enableFn(
  'intel_iommu_enable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    if (dev.pri_enabled) return -EBUSY;
    const reset = yield* pci_reset_pri(dev);
    if (reset !== 0) return reset;
    const queue = dev.unit.iopf_queue as IopfQueue;
    const added = yield* k.ops.iopf_queue_add_device(k, queue, dev);
    if (added !== 0) return added;
    const on = yield* pci_enable_pri(dev);
    if (on !== 0) {
      yield* k.ops.iopf_queue_remove_device(k, queue, dev);
      return on;
    }
    dev.pri_enabled = true;
    return 0;
  },
  'the page-request-enable bit of the context entry is not a step of its own',
);

const disable = enableFn(
  'intel_iommu_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    if (!dev.pri_enabled) return -EINVAL;
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue as IopfQueue, dev);
    yield* pci_disable_pri(dev);
    dev.pri_enabled = false;
    return 0;
  },
  'the page-request-enable bit of the context entry is not a step of its own; the result of \
remove is ignored (series: its caller is not in the specification, the order is that of 6.12)',
);

const common = {
  model: 'pri' as const,
  drains: true,
  page_response: intel_page_response,
  drain_prq: intel_drain_pasid_prq,
};

/** VT-d as in 6.1. */
export const intelLegacy: DriverOps = {
  ...common,
  probe: probeWithPri,
  enable_iopf: legacyEnable,
  disable_iopf: legacyDisable,
  irq_thread: prqThread(reportLegacy),
};

/** VT-d during the series: enabling as in 6.12, reporting as in 6.1. */
export const intelSeries: DriverOps = {
  ...common,
  probe: () => {},
  enable_iopf: enable,
  disable_iopf: disable,
  irq_thread: prqThread(reportLegacy),
};

/** VT-d as in 6.12: lookup and report under the unit's lock, result ignored. */
export const intel612: DriverOps = { ...intelSeries, irq_thread: prqThread(report612) };
