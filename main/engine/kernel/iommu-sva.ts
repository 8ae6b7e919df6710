// drivers/iommu/iommu-sva.c: binding an address space to a PASID, and the handler that resolves
// faults in it (1.A.12, 1.B, 1.C.6).
import { type Gen, modelFile } from '../core/task';
import { CODE_SUCCESS } from '../hardware/codes';
import {
  type ListHead,
  list_add,
  list_del,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { kfree, kzalloc, load, store } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { refcount_dec_and_test, refcount_inc, refcount_set } from '../primitives/refcount';
import { queue_work } from '../primitives/workqueue';
import { xa_load, xa_store } from '../primitives/xarray';
import { iommu_attach_handle_get } from './iommu';
import type { Kernel, KernelOps, PageEntry } from './kernel';
import { iommu_sva_handle_mm, mmdrop, mmgrab } from './mm';
import { IommuMm, type Mm } from './mm-objects';
import {
  AttachHandle,
  type Device,
  Domain,
  EBUSY,
  ENODEV,
  ENOENT,
  ENOMEM,
  ENOSPC,
  EOPNOTSUPP,
  EOVERFLOW,
  filled,
  type IopfGroup,
} from './objects';

const FILE = 'engine/kernel/iommu-sva.ts';
const fn = modelFile(FILE, 'drivers/iommu/iommu-sva.c (v6.12)');
const legacyFn = modelFile(FILE, 'drivers/iommu/iommu-sva-lib.c (v6.1)');

/** Up to 6.1: the group mutex around the driver's own bind. */
export const legacy_sva_bind_device = legacyFn(
  'iommu_sva_bind_device',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<number> {
    const data = yield* iommu_alloc_mm_data(k, dev, mm, pasid);
    if (typeof data === 'number') return data;
    yield* mutex_lock(dev.group.mutex);
    const ret = k.driver.sva_bind ? yield* k.driver.sva_bind(k, dev, mm, data.pasid) : -ENODEV;
    yield* mutex_unlock(dev.group.mutex);
    return ret;
  },
  'the PASID is chosen by the caller and allocated before the driver is asked',
);

/** Up to 6.1: the group mutex around the driver's own unbind. */
export const legacy_sva_unbind_device = legacyFn(
  'iommu_sva_unbind_device',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    yield* mutex_lock(dev.group.mutex);
    if (k.driver.sva_unbind) yield* k.driver.sva_unbind(k, dev, pasid);
    yield* mutex_unlock(dev.group.mutex);
  },
);

/** The PASID of an mm: allocated at its first bond, kept until the mm is freed. */
const iommu_alloc_mm_data = fn(
  'iommu_alloc_mm_data',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<IommuMm | number> {
    const known = yield* load(mm, 'iommu_mm');
    if (known !== null) return known.pasid >= dev.pasid_max ? -EOVERFLOW : known;
    if (pasid >= dev.pasid_max) return -EOVERFLOW;
    if ((yield* xa_load(k.globals.pasids, pasid)) !== null) return -ENOSPC;
    const data = yield* kzalloc('iommu_mm_data', () => new IommuMm(pasid));
    if (data === null) return -ENOMEM;
    yield* xa_store(k.globals.pasids, pasid, mm);
    if (k.level['sva-mm-list']) yield* list_add(data.mm_list_elm, k.globals.sva_mms);
    yield* store(mm, 'iommu_mm', data);
    return data;
  },
  'the PASID is chosen by the caller',
);

const iommu_sva_domain_alloc = fn(
  'iommu_sva_domain_alloc',
  function* (k: Kernel, mm: Mm): Gen<Domain | null> {
    const domain = yield* kzalloc('iommu_domain', () => new Domain('sva'));
    if (domain === null) return null;
    domain.mm = mm;
    domain.iopf_handler = k.ops.iommu_sva_iopf_handler ?? null;
    yield* refcount_set(domain.users, 1);
    if (k.driver.domain_alloc_sva) yield* k.driver.domain_alloc_sva(k, domain, mm);
    else yield* mmgrab(mm);
    return domain;
  },
);

const iommu_domain_free = fn('iommu_domain_free', function* (k: Kernel, domain: Domain): Gen<void> {
  const mm = (yield* load(domain, 'mm')) as Mm;
  if (k.driver.domain_free_sva) yield* k.driver.domain_free_sva(k, domain, mm);
  else yield* mmdrop(k, mm);
  yield* kfree(domain);
});

/** Attach an SVA domain of the mm to the PASID: one that exists, or a new one. 0 or an error. */
const attachSome = fn(
  'iommu_sva_attach_domain',
  function* (k: Kernel, dev: Device, mm: Mm, data: IommuMm, handle: AttachHandle): Gen<number> {
    const attach = k.ops
      .iommu_attach_device_pasid as Required<KernelOps>['iommu_attach_device_pasid'];
    let node = yield* list_first(data.sva_domains);
    while (node !== null) {
      handle.domain = node.entry;
      if ((yield* attach(k, node.entry, dev, data.pasid, handle)) === 0) {
        yield* refcount_inc(node.entry.users);
        return 0;
      }
      node = yield* list_next(node);
    }
    const domain = yield* iommu_sva_domain_alloc(k, mm);
    if (domain === null) return -ENOMEM;
    handle.domain = domain;
    const ret = yield* attach(k, domain, dev, data.pasid, handle);
    if (ret !== 0) yield* iommu_domain_free(k, domain);
    else yield* list_add(domain.next, data.sva_domains);
    return ret;
  },
  'a helper of ours: upstream writes this out in iommu_sva_bind_device',
);

/** 1.C.6, under the global SVA lock. `known` is told of a bond that existed already. */
const bind = fn(
  'iommu_sva_bind_locked',
  function* (
    k: Kernel,
    dev: Device,
    mm: Mm,
    wanted: number,
    known: { bond: boolean },
  ): Gen<AttachHandle | number> {
    const data = yield* iommu_alloc_mm_data(k, dev, mm, wanted);
    if (typeof data === 'number') return data;
    const bond = yield* iommu_attach_handle_get(dev, data.pasid, 'sva');
    if (typeof bond !== 'number') {
      const domain = yield* load(bond, 'domain');
      if ((yield* load(domain, 'mm')) !== mm) return -EBUSY;
      yield* refcount_inc(bond.users);
      known.bond = true;
      return bond;
    }
    if (bond !== -ENOENT) return bond;
    const none = null as unknown as Domain;
    const handle = yield* kzalloc('iommu_attach_handle', () => new AttachHandle(none));
    if (handle === null) return -ENOMEM;
    const ret = yield* attachSome(k, dev, mm, data, handle);
    if (ret !== 0) {
      yield* kfree(handle);
      return ret;
    }
    yield* refcount_set(handle.users, 1);
    if (k.level['handle-dev-first']) yield* store(handle, 'dev', dev);
    return handle;
  },
  'a helper of ours: upstream has one function with gotos',
);

/** 1.C.6: bind; two bonds of one mm on one device share a handle. */
export const iommu_sva_bind_device = fn(
  'iommu_sva_bind_device',
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<AttachHandle | number> {
    if ((yield* load(dev, 'iommu')) === null) return -ENODEV;
    if (k.level['x86-sva-off']) return -EOPNOTSUPP;
    const known = { bond: false };
    yield* mutex_lock(k.globals.sva_lock);
    const handle = yield* bind(k, dev, mm, pasid, known);
    yield* mutex_unlock(k.globals.sva_lock);
    if (!k.level['handle-dev-first'] && !known.bond && typeof handle !== 'number') {
      yield* store(handle, 'dev', dev);
    }
    return handle;
  },
);

/** 1.C.6: domain and device are read from the handle before the lock. */
export const iommu_sva_unbind_device = fn(
  'iommu_sva_unbind_device',
  function* (k: Kernel, _dev: Device, pasid: number, handle: AttachHandle | null): Gen<void> {
    const domain = yield* load(handle, 'domain');
    const dev = yield* load(handle, 'dev');
    const mm = (yield* load(domain, 'mm')) as Mm;
    const data = (yield* load(mm, 'iommu_mm')) as IommuMm;
    yield* mutex_lock(k.globals.sva_lock);
    if (!(yield* refcount_dec_and_test((handle as AttachHandle).users))) {
      yield* mutex_unlock(k.globals.sva_lock);
      return;
    }
    const detach = k.ops
      .iommu_detach_device_pasid as Required<KernelOps>['iommu_detach_device_pasid'];
    yield* detach(k, domain, dev, pasid);
    const early = k.level['sva-mm-list'] && k.level['sva-mm-list-order'];
    const last = yield* refcount_dec_and_test(domain.users);
    if (last) yield* list_del(domain.next);
    if (early) yield* forgetMm(data);
    if (last) yield* iommu_domain_free(k, domain);
    if (k.level['sva-mm-list'] && !early) yield* forgetMm(data);
    yield* mutex_unlock(k.globals.sva_lock);
    yield* kfree(handle);
  },
);

/** Take an mm without SVA domains off the list of those in use (B32a). */
const forgetMm = fn(
  'iommu_sva_forget_mm',
  function* (data: IommuMm): Gen<void> {
    if (yield* list_empty(data.sva_domains)) yield* list_del(data.mm_list_elm);
  },
  'a helper of ours: upstream writes this out in iommu_sva_unbind_device',
);

/** The SVA handler of 6.9 and later: hand the group to the work queue; ownership is not taken. */
export const iommu_sva_iopf_handler = fn(
  'iommu_sva_iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    group.work.fn = () => iommu_sva_handle_iopf(k, group);
    filled(group);
    const fp = yield* load(group, 'fault_param');
    const queue = yield* load(fp, 'queue');
    const queued = yield* queue_work(yield* load(queue, 'wq'), group.work);
    return queued ? 0 : -EBUSY;
  },
);

/** The worker's loop over the pages of a group; errors are sticky. */
export const iommu_sva_handle_pages = fn(
  'iommu_sva_handle_pages',
  function* (k: Kernel, group: IopfGroup, domain: Domain | null): Gen<number> {
    let status = CODE_SUCCESS;
    let node = yield* list_first<PageEntry>(group.faults as unknown as ListHead<PageEntry>);
    while (node !== null) {
      if (status === CODE_SUCCESS) {
        const mm = yield* load(domain, 'mm');
        status = yield* iommu_sva_handle_mm(k, node.entry.fault, mm);
      }
      node = yield* list_next(node);
    }
    return status;
  },
  'a helper of ours: upstream writes this loop out in iommu_sva_handle_iopf',
);

/** The SVA worker: the address space comes from the attach handle (6.11 on) or the domain. */
export const iommu_sva_handle_iopf = fn(
  'iommu_sva_handle_iopf',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    const handle = yield* load(group, 'attach_handle');
    const domain = handle === null ? yield* load(group, 'domain') : yield* load(handle, 'domain');
    const status = yield* iommu_sva_handle_pages(k, group, domain);
    const respond = k.ops.iopf_group_response as Required<KernelOps>['iopf_group_response'];
    yield* respond(k, group, status);
    yield* (k.ops.iopf_free_group as Required<KernelOps>['iopf_free_group'])(k, group);
  },
);
