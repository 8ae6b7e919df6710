// drivers/iommu/intel/iommu.c: switching page faults on and off in each era, and attaching domains
// (1.A.12, 1.C.7, 1.D).
import { peek } from '../core/object';
import { current, type Gen, modelFile } from '../core/task';
import { NO_PASID } from '../hardware/codes';
import { freeIrq } from '../hardware/page-request-queue';
import { PRI_ENABLE } from '../hardware/pri';
import { reg_write } from '../hardware/registers';
import { list_add, list_del, list_first, list_next } from '../primitives/list';
import { lockdep_assert_held } from '../primitives/lock-class';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { WARN_ON } from '../primitives/printk';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { task_join } from '../primitives/wait-queue';
import { registerHandler } from './handler';
import { intel_pasid_setup, intel_pasid_tear_down_entry } from './intel-pasid';
import { intel_drain_pasid_prq } from './intel-prq';
import type { Kernel } from './kernel';
import {
  type Device,
  DevPasid,
  type Domain,
  EBUSY,
  EINVAL,
  ENODEV,
  ENOMEM,
  type IommuUnit,
  type IopfQueue,
} from './objects';
import { pci_disable_pri, pci_enable_pri, pci_reset_pri } from './pci-ats';

const FILE = 'engine/kernel/intel-iommu.ts';
const fn = modelFile(FILE, 'drivers/iommu/intel/iommu.c (v6.12)');
const legacyFn = modelFile(FILE, 'drivers/iommu/intel/iommu.c (v6.1)');
const newFn = modelFile(FILE, 'drivers/iommu/intel/iommu.c (v6.16)');

/** PRI has been on since the device was attached to its DMA domain (6.1), or probed (6.16). */
export function probeWithPri(_k: Kernel, dev: Device): void {
  dev.pri_enabled = dev.pri_supported && !dev.is_virtfn;
  if (dev.pri_enabled) dev.hw.regs.write('CTRL', PRI_ENABLE);
}

/** 1.A.12 */
export const intel_iommu_enable_sva = legacyFn(
  'intel_iommu_enable_sva',
  function* (k: Kernel, dev: Device): Gen<number> {
    const queue = dev.unit.iopf_queue;
    if (queue === null) return -ENODEV;
    if (!dev.pasid_enabled || !peek(dev, 'pri_enabled') || !dev.ats_enabled) return -EINVAL;
    const ret = yield* k.ops.iopf_queue_add_device(k, queue, dev);
    if (ret !== 0) return ret;
    const registered = yield* registerHandler(k, dev);
    if (registered !== 0 && k.level['sva-error-paths']) {
      yield* k.ops.iopf_queue_remove_device(k, queue, dev);
    }
    return registered;
  },
);

/** 1.A.12: from 6.1.16 on errors are looked at and undone. */
export const intel_iommu_disable_sva = legacyFn(
  'intel_iommu_disable_sva',
  function* (k: Kernel, dev: Device): Gen<number> {
    const queue = dev.unit.iopf_queue as IopfQueue;
    const unregister = k.ops.iommu_unregister_device_fault_handler;
    const checks = k.level['sva-error-paths'];
    let ret = unregister ? yield* unregister(k, dev) : 0;
    if (ret !== 0 && checks) return ret;
    ret = yield* k.ops.iopf_queue_remove_device(k, queue, dev);
    if (!checks) return 0;
    if (ret !== 0) yield* registerHandler(k, dev);
    return ret;
  },
);

/** The page-request-enable bit of the context entry. */
const pageRequestEnable = fn(
  'context_flip_pri',
  function* (dev: Device, on: boolean): Gen<void> {
    yield* spin_lock(dev.unit.lock);
    yield* store(dev, 'pre', on);
    yield* spin_unlock(dev.unit.lock);
  },
  'flushing the context cache is part of the step',
);

/** 1.C.7: until 6.15 page faults are a feature to be enabled. */
export const intel_iommu_enable_iopf = fn(
  'intel_iommu_enable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    if (!dev.ats_enabled || !dev.pri_supported || dev.is_virtfn) return -ENODEV;
    if (peek(dev, 'pri_enabled')) return -EBUSY;
    const queue = dev.unit.iopf_queue;
    if (queue === null) return -EINVAL;
    const reset = yield* pci_reset_pri(dev);
    if (reset !== 0) return reset;
    const added = yield* k.ops.iopf_queue_add_device(k, queue, dev);
    if (added !== 0) return added;
    yield* pageRequestEnable(dev, true);
    const on = yield* pci_enable_pri(dev);
    if (on !== 0) {
      yield* pageRequestEnable(dev, false);
      yield* k.ops.iopf_queue_remove_device(k, queue, dev);
      return on;
    }
    yield* store(dev, 'pri_enabled', true);
    return 0;
  },
  'a context entry that is copied or absent is not modelled',
);

/** 1.C.7: it relies on every PASID having been detached, and therefore drained, before. */
export const intel_iommu_disable_iopf = fn(
  'intel_iommu_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    if (!peek(dev, 'pri_enabled')) return -EINVAL;
    yield* pageRequestEnable(dev, false);
    yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
    yield* pci_disable_pri(dev);
    yield* store(dev, 'pri_enabled', false);
    return 0;
  },
  'the result of remove is ignored (series: its caller is not in the specification, the order is that of 6.12)',
);

/** 1.D: what follows the domains is the queue membership only. The caller holds the group mutex. */
export const intel_iommu_enable_iopf_616 = newFn(
  'intel_iommu_enable_iopf',
  function* (k: Kernel, dev: Device): Gen<number> {
    yield* lockdep_assert_held(dev.group.mutex);
    if (!peek(dev, 'pri_enabled')) return -ENODEV;
    const users = yield* load(dev, 'iopf_refcount');
    if (users === 0) {
      const ret = yield* k.ops.iopf_queue_add_device(k, dev.unit.iopf_queue as IopfQueue, dev);
      if (ret !== 0) return ret;
    }
    yield* store(dev, 'iopf_refcount', users + 1);
    return 0;
  },
);

/** 1.D */
export const intel_iommu_disable_iopf_616 = newFn(
  'intel_iommu_disable_iopf',
  function* (k: Kernel, dev: Device): Gen<void> {
    const users = yield* load(dev, 'iopf_refcount');
    const wrong = !peek(dev, 'pri_enabled') || users === 0;
    yield* WARN_ON(wrong, 'IOPF disabled that was not enabled');
    if (wrong) return;
    yield* store(dev, 'iopf_refcount', users - 1);
    if (users === 1) yield* k.ops.iopf_queue_remove_device(k, dev.unit.iopf_queue, dev);
  },
);

const iopf_for_domain_set = newFn(
  'iopf_for_domain_set',
  function* (k: Kernel, domain: Domain | null, dev: Device): Gen<number> {
    if (domain === null || (yield* load(domain, 'iopf_handler')) === null) return 0;
    return yield* intel_iommu_enable_iopf_616(k, dev);
  },
);

const iopf_for_domain_remove = newFn(
  'iopf_for_domain_remove',
  function* (k: Kernel, domain: Domain | null, dev: Device): Gen<void> {
    if (domain === null || (yield* load(domain, 'iopf_handler')) === null) return;
    yield* intel_iommu_disable_iopf_616(k, dev);
  },
);

const iopf_for_domain_replace = newFn(
  'iopf_for_domain_replace',
  function* (k: Kernel, fresh: Domain | null, old: Domain | null, dev: Device): Gen<number> {
    const ret = yield* iopf_for_domain_set(k, fresh, dev);
    if (ret === 0) yield* iopf_for_domain_remove(k, old, dev);
    return ret;
  },
);

/** Note the PASID on the domain's list. */
const link = fn(
  'domain_add_dev_pasid',
  function* (dev: Device, pasid: number, domain: Domain): Gen<number> {
    const info = yield* kzalloc('dev_pasid_info', () => new DevPasid(dev, pasid));
    if (info === null) return -ENOMEM;
    yield* spin_lock(domain.lock);
    yield* list_add(info.link_domain, domain.dev_pasids);
    yield* spin_unlock(domain.lock);
    return 0;
  },
);

const unlink = fn(
  'domain_remove_dev_pasid',
  function* (dev: Device, pasid: number, domain: Domain | null): Gen<void> {
    if (domain === null) return;
    yield* spin_lock(domain.lock);
    let node = yield* list_first(domain.dev_pasids);
    while (node !== null && (node.entry.dev !== dev || node.entry.pasid !== pasid)) {
      node = yield* list_next(node);
    }
    if (node !== null) yield* list_del(node);
    yield* spin_unlock(domain.lock);
    yield* kfree(node?.entry ?? null);
  },
);

/** PASID attach until 6.15. */
export const intel_iommu_set_dev_pasid = fn(
  'intel_iommu_set_dev_pasid',
  function* (_k: Kernel, dev: Device, pasid: number, domain: Domain, old: Domain | null) {
    const ret = yield* link(dev, pasid, domain);
    if (ret !== 0) return ret;
    yield* intel_pasid_setup(dev, pasid, domain);
    yield* unlink(dev, pasid, old);
    return 0;
  },
);

/** PASID detach until 6.15: tear down, and drain: here, or inside the teardown. */
export const intel_iommu_remove_dev_pasid = fn(
  'intel_iommu_remove_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<void> {
    yield* unlink(dev, pasid, domain);
    const inside = k.level['drain-on-teardown'];
    yield* intel_pasid_tear_down_entry(k, dev, pasid, false);
    if (!inside) yield* intel_drain_pasid_prq(k, dev, pasid);
  },
);

/** RID attach until 6.15: block, then program; draining only where every teardown drains. */
export const intel_iommu_attach_dev = fn(
  'intel_iommu_attach_device',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    yield* intel_pasid_tear_down_entry(k, dev, NO_PASID, false);
    if (domain !== null) yield* intel_pasid_setup(dev, NO_PASID, domain);
    return 0;
  },
);

/** 1.D, PASID attach: count, then program; undone on an error. */
export const intel_iommu_set_dev_pasid_616 = newFn(
  'intel_iommu_set_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain, old: Domain | null) {
    const counted = !(k.level['pri-aware-sva'] && domain.type === 'sva' && !dev.pri_supported);
    let ret = counted ? yield* iopf_for_domain_replace(k, domain, old, dev) : 0;
    if (ret !== 0) return ret;
    ret = yield* link(dev, pasid, domain);
    if (ret !== 0) {
      if (counted) yield* iopf_for_domain_replace(k, old, domain, dev);
      return ret;
    }
    yield* intel_pasid_setup(dev, pasid, domain);
    yield* unlink(dev, pasid, old);
    return 0;
  },
);

/** 1.D, PASID block: 6.16.0 leaves the queue before the drain, later kernels after it (B13). */
export const intel_iommu_remove_dev_pasid_616 = newFn(
  'blocking_domain_set_dev_pasid',
  function* (k: Kernel, dev: Device, pasid: number, domain: Domain): Gen<void> {
    const counted = !(k.level['pri-aware-sva'] && domain.type === 'sva' && !dev.pri_supported);
    const late = k.level['teardown-before-remove'];
    if (!late && counted) yield* iopf_for_domain_remove(k, domain, dev);
    yield* intel_pasid_tear_down_entry(k, dev, pasid, false);
    if (late && counted) yield* iopf_for_domain_remove(k, domain, dev);
    yield* unlink(dev, pasid, domain);
  },
);

/** 1.D, RID attach and RID block. */
export const intel_iommu_attach_dev_616 = newFn(
  'intel_iommu_attach_device',
  function* (k: Kernel, dev: Device, domain: Domain | null): Gen<number> {
    const old = yield* load(dev, 'rid_domain');
    if (domain === null) {
      yield* iopf_for_domain_remove(k, old, dev);
      yield* intel_pasid_tear_down_entry(k, dev, NO_PASID, false);
      return 0;
    }
    yield* intel_pasid_tear_down_entry(k, dev, NO_PASID, false);
    const ret = yield* iopf_for_domain_set(k, domain, dev);
    if (ret !== 0) return ret;
    if (k.level['rid-count-dropped']) yield* iopf_for_domain_remove(k, old, dev);
    yield* intel_pasid_setup(dev, NO_PASID, domain);
    return 0;
  },
);

/** intel_iommu_release_device: out of the tree under the unit's lock, then PRI off. */
export const intel_iommu_release_device = fn(
  'intel_iommu_release_device',
  function* (k: Kernel, dev: Device): Gen<void> {
    const { unit } = dev;
    const locked = k.level['report-under-iopf-lock'];
    if (locked) yield* mutex_lock(unit.iopf_lock);
    const rest = (yield* load(unit, 'devices')).filter((d) => d !== dev);
    yield* store(unit, 'devices', rest);
    if (locked) yield* mutex_unlock(unit.iopf_lock);
    const counted = yield* load(dev, 'iopf_refcount');
    yield* WARN_ON(counted > 0, 'device released while domains with a fault handler are counted');
    if (counted > 0) yield* k.ops.iopf_queue_remove_device(k, unit.iopf_queue, dev);
    if (peek(dev, 'pri_enabled')) {
      yield* pci_disable_pri(dev);
      yield* store(dev, 'pri_enabled', false);
    }
  },
);

/** intel_iommu_finish_prq: registers, interrupt (waits for the thread), queue, ring. */
export const intel_finish_prq = fn(
  'intel_iommu_finish_prq',
  function* (k: Kernel, unit: IommuUnit): Gen<void> {
    yield* reg_write(unit.prq.regs, 'PQH', 0);
    freeIrq(current.machine, unit.prq);
    if (unit.irq !== null) yield* task_join(unit.irq);
    const queue = yield* load(unit, 'iopf_queue');
    yield* store(unit, 'iopf_queue', null);
    yield* k.ops.iopf_queue_free(k, queue);
  },
  'PQT and PQA are not software registers here',
);
