// drivers/iommu/arm/arm-smmu-v3: stalled transactions reported through the event queue, answered
// with CMD_RESUME; page requests of the PRI queue denied. There is no drain: a device driver is
// expected to have finished all DMA before it detaches (1.A.13, 1.C.7, 1.D, 2.4).
import { peek } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_FAILURE, CODE_INVALID, NO_PASID } from '../hardware/codes';
import { hw_page_response } from '../hardware/device';
import { invalidate } from '../hardware/invalidation-queue';
import { noteHead, PRS_PPR, PRS_PRO, type RequestSlot } from '../hardware/page-request-queue';
import { pasid_entry } from '../hardware/pasid-table';
import { PRI_ENABLE } from '../hardware/pri';
import { reg_read, reg_write } from '../hardware/registers';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { pr_warn, WARN_ON } from '../primitives/printk';
import { registerHandler } from './handler';
import { faultOf } from './intel-prq';
import type { DriverOps, Kernel } from './kernel';
import { mmdrop, mmgrab, mmu_notifier_register, mmu_notifier_unregister } from './mm';
import type { Mm, MmuNotifier } from './mm-objects';
import {
  type Device,
  type Domain,
  deviceOf,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  type Fault,
  type IommuUnit,
  type IopfQueue,
  MasterDomain,
} from './objects';

const FILE = 'engine/kernel/arm-smmu-v3.ts';
const fn = modelFile(FILE, 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3.c');
const svaFn = modelFile(FILE, 'drivers/iommu/arm/arm-smmu-v3/arm-smmu-v3-sva.c');

/** CMD_RESUME: RETRY for SUCCESS, ABORT for the rest; no sync. */
const arm_smmu_page_response = fn(
  'arm_smmu_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    if (dev.hw.options.model !== 'stall') return -ENODEV;
    if (code > CODE_FAILURE) return -EINVAL;
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
);

function evtHandler(answersErrors: boolean) {
  return fn(
    'arm_smmu_handle_evt',
    function* (k: Kernel, unit: IommuUnit, slot: RequestSlot): Gen<number> {
      yield* mutex_lock(unit.streams_mutex);
      const dev = deviceOf(unit, slot.hw);
      let ret = -EINVAL;
      if (dev !== null) {
        ret = yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
        if (ret !== 0 && answersErrors) {
          yield* arm_smmu_page_response(k, dev, faultOf(slot), CODE_FAILURE, slot.group, true);
        }
      }
      yield* mutex_unlock(unit.streams_mutex);
      return ret;
    },
  );
}

/** A page request on the PRI queue is unexpected: logged, and denied if it was a last one. */
const arm_smmu_handle_ppr = fn(
  'arm_smmu_handle_ppr',
  function* (slot: RequestSlot): Gen<void> {
    yield* pr_warn(`unexpected PRI request, index ${slot.index}`);
    if (!slot.last) return;
    yield* hw_page_response(slot.hw, slot.index, slot.pasid, CODE_INVALID, slot.group, true);
  },
  'DENY is shown as INVALID',
);

/** The overflow bit stays set until the consumer register acknowledges it. */
const arm_smmu_sync_overflow = fn(
  'queue_sync_cons_ovf',
  function* (k: Kernel, unit: IommuUnit): Gen<void> {
    const { regs } = unit.prq;
    if (!((yield* reg_read(regs, 'PRS')) & PRS_PRO)) return;
    yield* pr_warn('queue overflow detected -- requests lost');
    if (k.level['ack-queue-overflow']) yield* reg_write(regs, 'PRS', PRS_PRO);
  },
  'wrap and overflow bits are kept as the status bits of the ring',
);

function queueThread(name: string, handle: ReturnType<typeof evtHandler>) {
  return fn(
    name,
    function* (k: Kernel, unit: IommuUnit): Gen<void> {
      const { prq } = unit;
      const status = yield* reg_read(prq.regs, 'PRS');
      if (status & PRS_PPR) yield* reg_write(prq.regs, 'PRS', PRS_PPR);
      for (;;) {
        const head = yield* reg_read(prq.regs, 'PQH');
        if (head === (yield* reg_read(prq.regs, 'PQT'))) break;
        const slot = prq.at(head);
        yield* reg_write(prq.regs, 'PQH', prq.after(head));
        noteHead(prq);
        if (slot.hw.options.model === 'stall') yield* handle(k, unit, slot);
        else yield* arm_smmu_handle_ppr(slot);
      }
      yield* arm_smmu_sync_overflow(k, unit);
    },
    'event queue and PRI queue are one ring here; a unit has devices of one kind',
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
  'the global sva_lock around it is left out; the features IOPF and SVA of 6.12 are one step',
);

/** Both results are ignored; nothing is flushed. */
const arm_smmu_master_sva_disable_iopf = svaFn(
  'arm_smmu_master_sva_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    if ((yield* load(dev, 'bonds')) > 0) return -EBUSY;
    const unregister = k.ops.iommu_unregister_device_fault_handler;
    if (unregister) yield* unregister(k, dev);
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
    return 0;
  },
);

const bind = svaFn(
  'arm_smmu_sva_bind',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<number> {
    if (k.level['asid-grabs-mm']) yield* mmgrab(mm);
    yield* pasid_entry(dev.hw, pasid, { space: mm.pgd, fpd: false });
    yield* store(dev, 'bonds', (yield* load(dev, 'bonds')) + 1);
    return 0;
  },
  'the context descriptor and its address-space id stand for the bond',
);

const unbind = svaFn(
  'arm_smmu_sva_unbind',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    const entry = dev.hw.entryOf(pasid);
    if (entry === undefined || entry.space === null) return;
    const mm = entry.space.mem as unknown as Mm;
    yield* pasid_entry(dev.hw, pasid, null);
    yield* invalidate(dev.hw, pasid);
    // Putting the address-space id looks into the mm it belongs to (B32c).
    yield* load(mm, 'pgd');
    if (k.level['asid-grabs-mm']) yield* mmdrop(k, mm);
    yield* store(dev, 'bonds', (yield* load(dev, 'bonds')) - 1);
  },
  'the context descriptor and its address-space id stand for the bond',
);

const set_dev_pasid = fn(
  'arm_smmu_set_pasid',
  function* (_k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<number> {
    yield* pasid_entry(dev.hw, pasid, { space: domain.space, fpd: false });
    if (domain.type === 'sva') yield* store(dev, 'bonds', (yield* load(dev, 'bonds')) + 1);
    return 0;
  },
);

const remove_dev_pasid = fn(
  'arm_smmu_remove_dev_pasid',
  function* (_k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<void> {
    yield* pasid_entry(dev.hw, pasid, null);
    yield* invalidate(dev.hw, pasid);
    if (domain.type === 'sva') yield* store(dev, 'bonds', (yield* load(dev, 'bonds')) - 1);
  },
);

const attach_dev = fn(
  'arm_smmu_attach_dev',
  function* (_k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    const entry = domain === null ? null : { space: domain.space, fpd: false };
    yield* pasid_entry(dev.hw, NO_PASID, entry);
    yield* invalidate(dev.hw, NO_PASID);
    return 0;
  },
);

/** 6.16: find what is attached. Before the fix two nested domains look alike (B35). */
const arm_smmu_find_master_domain = fn(
  'arm_smmu_find_master_domain',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<MasterDomain | null> {
    const all = yield* load(dev, 'master_domains');
    const nested = domain.type === 'nested' && !k.level['nested-lookup-by-domain'];
    return all.find((x) => x.pasid === pasid && (x.domain === domain || nested)) ?? null;
  },
);

const arm_smmu_enable_iopf = fn(
  'arm_smmu_enable_iopf',
  function* (k: Kernel, dev: Device, entry: MasterDomain): Gen<number> {
    if (dev.hw.options.model !== 'stall') return 0;
    const users = yield* load(dev, 'iopf_refcount');
    if (users === 0) {
      const ret = yield* k.ops.iopf_queue_add_device(k, dev.unit.iopf_queue as IopfQueue, dev);
      if (ret !== 0) return ret;
    }
    yield* store(dev, 'iopf_refcount', users + 1);
    yield* store(entry, 'using_iopf', true);
    return 0;
  },
);

const arm_smmu_disable_iopf = fn(
  'arm_smmu_disable_iopf',
  function* (k: Kernel, dev: Device, entry: MasterDomain): Gen<void> {
    if (!(yield* load(entry, 'using_iopf'))) return;
    const users = (yield* load(dev, 'iopf_refcount')) - 1;
    yield* store(dev, 'iopf_refcount', users);
    if (users === 0) yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
  },
);

/** Before the hardware changes: note the domain, and join the queue for one that takes faults. */
const arm_smmu_attach_prepare = fn(
  'arm_smmu_attach_prepare',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain | null): Gen<number> {
    if (domain === null) return 0;
    if ((yield* arm_smmu_find_master_domain(k, dev, pasid, domain)) !== null) return 0;
    const make = (): MasterDomain => new MasterDomain(domain, pasid);
    const entry = yield* kzalloc('arm_smmu_master_domain', make);
    if (entry === null) return -ENOMEM;
    if ((yield* load(domain, 'iopf_handler')) !== null) {
      const ret = yield* arm_smmu_enable_iopf(k, dev, entry);
      if (ret !== 0) {
        yield* kfree(entry);
        return ret;
      }
    }
    yield* store(dev, 'master_domains', [entry, ...(yield* load(dev, 'master_domains'))]);
    return 0;
  },
  'the group mutex stands for arm_smmu_asid_lock and the list lock',
);

/** After the hardware has changed: forget the old domain, and leave the queue with the last. */
const arm_smmu_attach_commit = fn(
  'arm_smmu_attach_commit',
  function* (k: Kernel, dev: Device, pasid: number, old: Domain | null): Gen<void> {
    if (old === null) return;
    const entry = yield* arm_smmu_find_master_domain(k, dev, pasid, old);
    if (entry === null) return;
    const rest = (yield* load(dev, 'master_domains')).filter((x) => x !== entry);
    yield* store(dev, 'master_domains', rest);
    yield* arm_smmu_disable_iopf(k, dev, entry);
    yield* kfree(entry);
  },
);

const set_dev_pasid_616 = fn(
  'arm_smmu_set_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain, old: Domain | null) {
    const ret = yield* arm_smmu_attach_prepare(k, dev, pasid, domain);
    if (ret !== 0) return ret;
    yield* pasid_entry(dev.hw, pasid, { space: domain.space, fpd: false });
    yield* invalidate(dev.hw, pasid);
    yield* arm_smmu_attach_commit(k, dev, pasid, old);
    return 0;
  },
);

const remove_dev_pasid_616 = fn(
  'arm_smmu_blocking_set_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<void> {
    yield* pasid_entry(dev.hw, pasid, null);
    yield* invalidate(dev.hw, pasid);
    yield* arm_smmu_attach_commit(k, dev, pasid, domain);
  },
);

const attach_dev_616 = fn(
  'arm_smmu_attach_dev',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    const old = yield* load(dev, 'rid_domain');
    const ret = yield* arm_smmu_attach_prepare(k, dev, NO_PASID, domain);
    if (ret !== 0) return ret;
    yield* attach_dev(k, dev, domain);
    yield* arm_smmu_attach_commit(k, dev, NO_PASID, old);
    return 0;
  },
);

const release_device = fn('arm_smmu_release_device', function* (_k: Kernel, dev: Device) {
  const users = yield* load(dev, 'iopf_refcount');
  yield* WARN_ON(users > 0, 'device released while domains use IOPF');
  const rest = (yield* load(dev.unit, 'devices')).filter((d) => d !== dev);
  yield* store(dev.unit, 'devices', rest);
});

const common = {
  model: 'stall' as const,
  drains: false,
  /** A stalled transaction needs no PRI: the hardware side is always on. */
  probe: (_k: Kernel, dev: Device): void => dev.hw.regs.write('CTRL', PRI_ENABLE),
  release_device,
  enable_iopf: arm_smmu_master_sva_enable_iopf,
  disable_iopf: arm_smmu_master_sva_disable_iopf,
  page_response: arm_smmu_page_response,
  set_dev_pasid,
  remove_dev_pasid,
  attach_dev,
};

/** SMMUv3 up to 6.8: the driver answers what could not be reported. */
export const smmuLegacy: DriverOps = {
  ...common,
  sva_bind: bind,
  sva_unbind: unbind,
  irq_thread: queueThread('arm_smmu_evtq_thread', evtHandler(true)),
};

/** The process ends: every context descriptor that leads to it goes quiet, faults included. */
const arm_smmu_mm_release = svaFn(
  'arm_smmu_mm_release',
  function* (k: Kernel, mm: Mm): Gen<void> {
    for (const dev of k.units.flatMap((u) => peek(u, 'devices'))) {
      for (const pasid of dev.hw.pasids()) {
        if (dev.hw.entryOf(pasid)?.space !== mm.pgd) continue;
        yield* pasid_entry(dev.hw, pasid, { space: null, fpd: true });
        yield* invalidate(dev.hw, pasid);
      }
    }
  },
  'the descriptors are found by what they lead to, not on a list of the domain',
);

const domain_alloc_sva = svaFn(
  'arm_smmu_sva_domain_alloc',
  function* (_k: Kernel, domain: Domain, mm: Mm): Gen<void> {
    const n = { name: `notifier of ${domain.name}`, release: arm_smmu_mm_release };
    domain.notifier = n;
    yield* mmu_notifier_register(mm, n);
  },
);

const domain_free_sva = svaFn(
  'arm_smmu_sva_domain_free',
  function* (k: Kernel, domain: Domain, mm: Mm): Gen<void> {
    const n = (yield* load(domain, 'notifier')) as MmuNotifier;
    yield* mmu_notifier_unregister(k, mm, n);
  },
);

/** SMMUv3 in 6.12: the core answers. */
export const smmu612: DriverOps = {
  ...common,
  domain_alloc_sva,
  domain_free_sva,
  irq_thread: queueThread('arm_smmu_evtq_thread', evtHandler(false)),
};

const follows = svaFn(
  'arm_smmu_dev_enable_feature',
  function* (): Gen<number> {
    return 0;
  },
  'gone since 6.16: the queue is joined and left by attaching and detaching domains',
);

/** SMMUv3 in 6.16: the queue is joined and left with the domains. */
export const smmu616: DriverOps = {
  ...smmu612,
  counts: true,
  enable_iopf: follows,
  disable_iopf: follows,
  set_dev_pasid: set_dev_pasid_616,
  remove_dev_pasid: remove_dev_pasid_616,
  attach_dev: attach_dev_616,
};
