// drivers/iommu/intel/svm.c: SVA in the driver up to 6.1 (1.A.12), and the end of an address space
// that SVA domains still point at (2.3, B23, B24).
import { type Gen, modelFile } from '../core/task';
import { pasid_entry } from '../hardware/pasid-table';
import { list_add, list_del, list_empty, list_first, list_next } from '../primitives/list';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { kfree_rcu, rcu_read_lock, rcu_read_unlock } from '../primitives/rcu';
import { spin_lock, spin_unlock } from '../primitives/spinlock';
import { xa_erase, xa_load, xa_store } from '../primitives/xarray';
import { intel_pasid_tear_down_entry } from './intel-pasid';
import { intel_drain_pasid_prq } from './intel-prq';
import type { Kernel } from './kernel';
import { mmdrop, mmu_notifier_register, mmu_notifier_unregister } from './mm';
import type { Mm, MmuNotifier } from './mm-objects';
import { type Device, type Domain, EINVAL, ENOMEM, IntelSvm, IntelSvmDev } from './objects';

const FILE = 'engine/kernel/intel-svm.ts';
const legacyFn = modelFile(FILE, 'drivers/iommu/intel/svm.c (v6.1)');
const fn = modelFile(FILE, 'drivers/iommu/intel/svm.c (v6.12)');

/** 6.1: the entries go inside an RCU read section; nothing drains. */
const legacyRelease: MmuNotifier = {
  name: 'intel_mm_release',
  release: legacyFn('intel_mm_release', function* (k: Kernel, mm: Mm): Gen<void> {
    const data = yield* load(mm, 'iommu_mm');
    const svm = data === null ? null : yield* xa_load(k.globals.svms, data.pasid);
    if (svm === null) return;
    yield* rcu_read_lock();
    let node = yield* list_first(svm.devs);
    while (node !== null) {
      yield* intel_pasid_tear_down_entry(k, node.entry.dev, svm.pasid, true);
      node = yield* list_next(node);
    }
    yield* rcu_read_unlock();
  }),
};

const findDev = legacyFn(
  'svm_lookup_device_by_dev',
  function* (svm: IntelSvm, dev: Device): Gen<IntelSvmDev | null> {
    let node = yield* list_first(svm.devs);
    while (node !== null && node.entry.dev !== dev) node = yield* list_next(node);
    return node?.entry ?? null;
  },
);

/** The per-PASID object: found, or made with its notifier. */
const pasidSvm = legacyFn(
  'intel_svm_bind_mm',
  function* (k: Kernel, mm: Mm, pasid: number): Gen<IntelSvm | null> {
    const known = yield* xa_load(k.globals.svms, pasid);
    if (known !== null) return known;
    const svm = yield* kzalloc('intel_svm', () => new IntelSvm(mm, pasid));
    if (svm === null) return null;
    yield* mmu_notifier_register(mm, legacyRelease);
    yield* xa_store(k.globals.svms, pasid, svm);
    return svm;
  },
);

/** 1.A.12, intel_svm_bind */
export const intel_svm_bind = legacyFn(
  'intel_svm_bind',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<number> {
    yield* mutex_lock(k.globals.pasid_mutex);
    const svm = yield* pasidSvm(k, mm, pasid);
    let ret = svm === null ? -ENOMEM : 0;
    if (svm !== null) {
      const known = yield* findDev(svm, dev);
      if (known !== null) {
        yield* store(known, 'users', (yield* load(known, 'users')) + 1);
      } else {
        const sdev = yield* kzalloc('intel_svm_dev', () => new IntelSvmDev(dev));
        if (sdev === null) ret = -ENOMEM;
        else {
          yield* pasid_entry(dev.hw, pasid, { space: mm.pgd, fpd: false });
          yield* list_add(sdev.list, svm.devs);
        }
      }
    }
    yield* mutex_unlock(k.globals.pasid_mutex);
    return ret;
  },
);

/** 1.A.12, intel_svm_unbind_mm, under pasid_mutex. */
const unbindMm = legacyFn(
  'intel_svm_unbind_mm',
  function* (k: Kernel, dev: Device, pasid: number): Gen<number> {
    const svm = yield* xa_load(k.globals.svms, pasid);
    if (svm === null) return -EINVAL;
    const sdev = yield* findDev(svm, dev);
    if (sdev === null) return -EINVAL;
    const users = (yield* load(sdev, 'users')) - 1;
    yield* store(sdev, 'users', users);
    if (users > 0) return 0;
    yield* list_del(sdev.list);
    yield* intel_pasid_tear_down_entry(k, dev, pasid, false);
    yield* intel_drain_pasid_prq(k, dev, pasid);
    yield* kfree_rcu(sdev);
    if (yield* list_empty(svm.devs)) {
      const { mm } = svm;
      yield* mmu_notifier_unregister(k, mm, legacyRelease);
      yield* xa_erase(k.globals.svms, pasid);
      yield* kfree(svm);
    }
    return 0;
  },
);

/** intel_svm_unbind; the caller holds the group mutex. */
export const intel_svm_unbind = legacyFn(
  'intel_svm_unbind',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    yield* mutex_lock(k.globals.pasid_mutex);
    yield* unbindMm(k, dev, pasid);
    yield* mutex_unlock(k.globals.pasid_mutex);
  },
);

/** 6.2 on: every entry of the domain goes, under its spinlock with interrupts off. */
const intel_mm_release = fn('intel_mm_release', function* (k: Kernel, domain: Domain): Gen<void> {
  yield* spin_lock(domain.lock);
  let node = yield* list_first(domain.dev_pasids);
  while (node !== null) {
    const { dev, pasid } = node.entry;
    yield* intel_pasid_tear_down_entry(k, dev, pasid, true);
    node = yield* list_next(node);
  }
  yield* spin_unlock(domain.lock);
});

/** intel_svm_domain_alloc: the domain hears of the end of the mm. */
export const intel_svm_domain_alloc = fn(
  'intel_svm_domain_alloc',
  function* (_k: Kernel, domain: Domain, mm: Mm): Gen<void> {
    const n: MmuNotifier = {
      name: `notifier of ${domain.name}`,
      release: (k) => intel_mm_release(k, domain),
    };
    domain.notifier = n;
    yield* mmu_notifier_register(mm, n);
  },
);

/** intel_svm_domain_free */
export const intel_svm_domain_free = fn(
  'intel_svm_domain_free',
  function* (k: Kernel, domain: Domain, mm: Mm): Gen<void> {
    const n = yield* load(domain, 'notifier');
    if (n === null) yield* mmdrop(k, mm);
    else yield* mmu_notifier_unregister(k, mm, n);
  },
);
