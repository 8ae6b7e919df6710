// A plain PRI driver without a drain: what iommufd's mock driver is upstream, carried back to the
// older variants. Enable joins the queue and switches PRI on; disable leaves the queue, ignores
// every result, and switches PRI off.
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, hw_page_response } from '../hardware/device';
import { noteHead, PRS_PPR, PRS_PRO, type RequestSlot } from '../hardware/page-request-queue';
import { reg_read, reg_write } from '../hardware/registers';
import { registerHandler } from './handler';
import { faultOf } from './intel-prq';
import type { DriverOps, Kernel } from './kernel';
import type { Device, Fault, IommuUnit, IopfQueue } from './objects';
import { pci_disable_pri, pci_enable_pri } from './pci-ats';

const FILE = 'engine/kernel/plain-driver.ts';
const UPSTREAM = 'drivers/iommu/iommufd/selftest.c';
const DEVIATES = 'no upstream twin before 6.11: a minimal driver that never drains';

const fn = modelFile(FILE, UPSTREAM, DEVIATES);

const plain_page_response = fn(
  'plain_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
);

function ringThread(answersErrors: boolean) {
  return fn('plain_prq_thread', function* (k: Kernel, unit: IommuUnit): Gen<void> {
    const { prq } = unit;
    yield* reg_write(prq.regs, 'PRS', PRS_PPR);
    for (;;) {
      const head = yield* reg_read(prq.regs, 'PQH');
      if (head === (yield* reg_read(prq.regs, 'PQT'))) break;
      const slot = prq.slots[head % prq.size] as RequestSlot;
      const dev = unit.devices.find((d) => d.hw === slot.hw) as Device;
      const ret = yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
      if (ret !== 0 && answersErrors && slot.last) {
        yield* plain_page_response(k, dev, faultOf(slot), CODE_INVALID, slot.group, true);
      }
      yield* reg_write(prq.regs, 'PQH', (head + 1) % (prq.size * 2));
      noteHead(prq);
    }
    if ((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO) {
      yield* k.ops.iopf_queue_discard_partial(k, unit.iopf_queue);
      yield* reg_write(prq.regs, 'PRS', PRS_PRO);
    }
  });
}

const plain_enable_iopf = fn('plain_enable_iopf', function* (k: Kernel, dev: Device): Gen<number> {
  const queue = dev.unit.iopf_queue as IopfQueue;
  const added = yield* k.ops.iopf_queue_add_device(k, queue, dev);
  if (added !== 0) return added;
  const registered = yield* registerHandler(k, dev);
  const on = registered === 0 ? yield* pci_enable_pri(dev) : registered;
  if (on !== 0) yield* k.ops.iopf_queue_remove_device(k, queue, dev);
  return on;
});

const plain_disable_iopf = fn(
  'plain_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    const unregister = k.ops.iommu_unregister_device_fault_handler;
    if (unregister) yield* unregister(k, dev);
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue as IopfQueue, dev);
    yield* pci_disable_pri(dev);
    return 0;
  },
);

const common = {
  model: 'pri' as const,
  drains: false,
  probe: (): void => {},
  enable_iopf: plain_enable_iopf,
  disable_iopf: plain_disable_iopf,
  page_response: plain_page_response,
};

/** Answers what could not be reported, as drivers up to 6.8 must. */
export const plainLegacy: DriverOps = { ...common, irq_thread: ringThread(true) };

/** Leaves that to the core (6.12). */
export const plain612: DriverOps = { ...common, irq_thread: ringThread(false) };
