// Two drivers without a drain. `plain` has PRI and a ring of its own and exists in every variant.
// `mock` is iommufd's selftest driver: no ring at all, a fault is reported straight from an ioctl,
// and before the fix of 2026 nothing keeps that apart from attach, replace and detach (1.D, B29).
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID } from '../hardware/codes';
import { hw_page_response } from '../hardware/device';
import { noteHead, PRS_PPR, PRS_PRO } from '../hardware/page-request-queue';
import { pasid_entry } from '../hardware/pasid-table';
import { PRI_ENABLE } from '../hardware/pri';
import { reg_read, reg_write } from '../hardware/registers';
import { load, store } from '../primitives/memory';
import { WARN_ON } from '../primitives/printk';
import { down_read, up_read } from '../primitives/rwsem';
import { registerHandler } from './handler';
import { faultOf } from './intel-prq';
import type { DriverOps, Kernel } from './kernel';
import type { Mm } from './mm-objects';
import {
  type Device,
  type Domain,
  deviceOf,
  type Fault,
  type IommuUnit,
  type IopfQueue,
} from './objects';
import { pci_disable_pri, pci_enable_pri } from './pci-ats';
import { simpleEntries } from './simple-entries';

const FILE = 'engine/kernel/plain-driver.ts';
const UPSTREAM = 'drivers/iommu/iommufd/selftest.c';
const DEVIATES = 'no upstream twin: a minimal driver with a ring that never drains';

const fn = modelFile(FILE, UPSTREAM, DEVIATES);
const mockFn = modelFile(FILE, UPSTREAM);

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
      const slot = prq.at(head);
      const dev = deviceOf(unit, slot.hw) as Device;
      const ret = yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
      if (ret !== 0 && answersErrors && slot.last) {
        yield* plain_page_response(k, dev, faultOf(slot), CODE_INVALID, slot.group, true);
      }
      yield* reg_write(prq.regs, 'PQH', prq.after(head));
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
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
    yield* pci_disable_pri(dev);
    return 0;
  },
);

const {
  set_dev_pasid: plain_set_dev_pasid,
  remove_dev_pasid: plain_remove_dev_pasid,
  attach_dev: plain_attach_dev,
} = simpleEntries(fn, {
  set: 'plain_set_dev_pasid',
  remove: 'plain_remove_dev_pasid',
  attach: 'plain_attach_dev',
});

const plain_sva_bind = fn(
  'plain_sva_bind',
  function* (_k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<number> {
    yield* pasid_entry(dev.hw, pasid, { space: mm.pgd, fpd: false });
    return 0;
  },
);

const plain_release_device = fn('plain_release_device', function* (_k: Kernel, dev: Device) {
  const rest = (yield* load(dev.unit, 'devices')).filter((d) => d !== dev);
  yield* store(dev.unit, 'devices', rest);
});

const common = {
  model: 'pri' as const,
  drains: false,
  probe: (): void => {},
  release_device: plain_release_device,
  enable_iopf: plain_enable_iopf,
  disable_iopf: plain_disable_iopf,
  page_response: plain_page_response,
  set_dev_pasid: plain_set_dev_pasid,
  remove_dev_pasid: plain_remove_dev_pasid,
  attach_dev: plain_attach_dev,
};

/** Answers what could not be reported, as drivers up to 6.8 must; SVA in the driver (6.1). */
export const plainLegacy: DriverOps = {
  ...common,
  sva_bind: plain_sva_bind,
  sva_unbind: plain_remove_dev_pasid,
  irq_thread: ringThread(true),
};

/** The same with SVA domains (6.2 … 6.8 and the series). */
export const plainSeries: DriverOps = { ...common, irq_thread: plainLegacy.irq_thread };

/** Leaves the answering to the core (6.9 on). */
export const plain612: DriverOps = { ...common, irq_thread: ringThread(false) };

const follows = mockFn(
  'mock_dev_enable_feature',
  function* (): Gen<number> {
    return 0;
  },
  'gone since 6.16: enabling follows the attached domains',
);

/** 6.16: a domain that takes faults joins the queue with its first attachment. */
const follow_enable_iopf = mockFn(
  'mock_dev_enable_iopf',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    if (domain === null || (yield* load(domain, 'iopf_handler')) === null) return 0;
    const users = yield* load(dev, 'iopf_refcount');
    if (users === 0) {
      const ret = yield* k.ops.iopf_queue_add_device(k, dev.unit.iopf_queue as IopfQueue, dev);
      if (ret !== 0) return ret;
    }
    yield* store(dev, 'iopf_refcount', users + 1);
    return 0;
  },
);

const follow_disable_iopf = mockFn(
  'mock_dev_disable_iopf',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<void> {
    if (domain === null || (yield* load(domain, 'iopf_handler')) === null) return;
    const users = (yield* load(dev, 'iopf_refcount')) - 1;
    yield* WARN_ON(users < 0, 'IOPF disabled that was not enabled');
    yield* store(dev, 'iopf_refcount', users);
    if (users === 0) yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
  },
);

const mock_enable = mockFn('mock_dev_enable_feat', function* (k: Kernel, dev: Device): Gen<number> {
  return yield* k.ops.iopf_queue_add_device(k, dev.unit.iopf_queue as IopfQueue, dev);
});

const mock_disable = mockFn(
  'mock_dev_disable_feat',
  function* (k: Kernel, dev: Device): Gen<number> {
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
    return 0;
  },
);

/** IOMMU_TEST_OP_TRIGGER_IOPF: report a fault from an ioctl. */
export const iommufd_test_trigger_iopf = mockFn(
  'iommufd_test_trigger_iopf',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const locked = k.level['mock-report-rwsem'];
    if (locked) yield* down_read(dev.report_lock);
    const ret = yield* k.ops.iommu_report_device_fault(k, dev, fault);
    if (locked) yield* up_read(dev.report_lock);
    return ret;
  },
);

const mockCommon = {
  ...common,
  excludesReports: true,
  probe: (_k: Kernel, dev: Device): void => dev.hw.regs.write('CTRL', PRI_ENABLE),
  irq_thread: plain612.irq_thread,
};

/** iommufd's selftest driver, 6.11 … 6.15. */
export const mock612: DriverOps = {
  ...mockCommon,
  enable_iopf: mock_enable,
  disable_iopf: mock_disable,
};

const plain_attach_616 = fn(
  'plain_attach_dev',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    const old = yield* load(dev, 'rid_domain');
    const ret = yield* follow_enable_iopf(k, dev, domain);
    if (ret !== 0) return ret;
    yield* plain_attach_dev(k, dev, domain);
    yield* follow_disable_iopf(k, dev, old);
    return 0;
  },
);

const plain_set_616 = fn(
  'plain_set_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain, old: Domain | null) {
    const ret = yield* follow_enable_iopf(k, dev, domain);
    if (ret !== 0) return ret;
    yield* plain_set_dev_pasid(k, dev, pasid, domain);
    yield* follow_disable_iopf(k, dev, old);
    return 0;
  },
);

const plain_remove_616 = fn(
  'plain_remove_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<void> {
    yield* plain_remove_dev_pasid(k, dev, pasid);
    yield* follow_disable_iopf(k, dev, domain);
  },
);

/** `plain` as a driver of 6.16: PRI on since probe, the queue follows the domains. */
export const plain616: DriverOps = {
  ...plain612,
  counts: true,
  probe: mockCommon.probe,
  enable_iopf: follows,
  disable_iopf: follows,
  set_dev_pasid: plain_set_616,
  remove_dev_pasid: plain_remove_616,
  attach_dev: plain_attach_616,
};

/** iommufd's selftest driver in 6.16: the queue follows the domains, RID and PASIDs. */
export const mock616: DriverOps = { ...plain616, excludesReports: true };
