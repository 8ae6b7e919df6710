// drivers/iommu/iommu-sva.c: binding an address space to a PASID, and the handler that resolves
// faults in it (1.A.12, 1.B, 1.C.6).
import { type Gen, modelFunction } from '../core/task';
import { CODE_SUCCESS } from '../hardware/device';
import { type ListHead, list_first, list_next } from '../primitives/list';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { queue_work } from '../primitives/workqueue';
import { iommu_attach_device_pasid, iommu_detach_device_pasid } from './iommu';
import type { Kernel, PageEntry } from './kernel';
import { iommu_sva_handle_mm } from './mm-fault';
import { type Device, Domain, EBUSY, type IopfGroup, type Mm } from './objects';

const FILE = 'engine/kernel/iommu-sva.ts';

/** Legacy bind: the PASID leads to the mm through one global table. */
export const legacy_sva_bind_device = modelFunction(
  {
    name: 'iommu_sva_bind_device',
    file: FILE,
    upstream: 'drivers/iommu/iommu-sva-lib.c (v6.1)',
    deviates: 'the PASID is given by the caller; the drivers’ private bond lists are left out',
  },
  function* (k: Kernel, _dev: Device, mm: Mm, pasid: number): Gen<Domain | null> {
    yield* mutex_lock(k.globals.sva_lock);
    k.globals.pasid_mm.set(pasid, mm);
    yield* mutex_unlock(k.globals.sva_lock);
    return null;
  },
);

/** Legacy unbind: the driver drains if it does, then the PASID stops leading to the mm. */
export const legacy_sva_unbind_device = modelFunction(
  {
    name: 'iommu_sva_unbind_device',
    file: FILE,
    upstream: 'drivers/iommu/iommu-sva-lib.c (v6.1)',
    deviates: 'VT-d: the group mutex stands for pasid_mutex, which the drain drops while it waits',
  },
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    if (k.driver.drain_prq) yield* k.driver.drain_prq(k, dev, pasid);
    yield* mutex_lock(k.globals.sva_lock);
    k.globals.pasid_mm.delete(pasid);
    yield* mutex_unlock(k.globals.sva_lock);
  },
);

/** Bind with an SVA domain: the domain names the mm and the handler. */
export const iommu_sva_bind_device = modelFunction(
  {
    name: 'iommu_sva_bind_device',
    file: FILE,
    upstream: 'drivers/iommu/iommu-sva.c (v6.12)',
    deviates: 'one bond per device and PASID; domains are not shared between devices',
  },
  function* (k: Kernel, dev: Device, mm: Mm, pasid: number): Gen<Domain | null> {
    yield* mutex_lock(k.globals.sva_lock);
    const domain = yield* kzalloc('iommu_domain', () => new Domain());
    if (domain !== null) {
      domain.mm = mm;
      domain.iopf_handler = k.ops.iommu_sva_iopf_handler ?? null;
      const ret = yield* iommu_attach_device_pasid(domain, dev, pasid);
      if (ret !== 0) {
        yield* kfree(domain);
        yield* mutex_unlock(k.globals.sva_lock);
        return null;
      }
    }
    yield* mutex_unlock(k.globals.sva_lock);
    return domain;
  },
);

/** Unbind: detach (which drains where the driver does), then free domain and handle. */
export const iommu_sva_unbind_device = modelFunction(
  {
    name: 'iommu_sva_unbind_device',
    file: FILE,
    upstream: 'drivers/iommu/iommu-sva.c (v6.12)',
    deviates: 'one bond per device and PASID',
  },
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    yield* mutex_lock(k.globals.sva_lock);
    const handle = yield* iommu_detach_device_pasid(k, dev, pasid);
    if (handle !== null) yield* kfree(yield* load(handle, 'domain'));
    yield* mutex_unlock(k.globals.sva_lock);
    yield* kfree(handle);
  },
);

/** The SVA handler of 6.9 and later: hand the group to the work queue; ownership is not taken. */
export const iommu_sva_iopf_handler = modelFunction(
  { name: 'iommu_sva_iopf_handler', file: FILE, upstream: 'drivers/iommu/iommu-sva.c (v6.12)' },
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    group.work.fn = () => iommu_sva_handle_iopf(k, group);
    const fp = yield* load(group, 'fault_param');
    const queue = yield* load(fp, 'queue');
    const queued = yield* queue_work(yield* load(queue, 'wq'), group.work);
    return queued ? 0 : -EBUSY;
  },
);

/** The worker's loop over the pages of a group; errors are sticky. */
export const iommu_sva_handle_pages = modelFunction(
  {
    name: 'iommu_sva_handle_pages',
    file: FILE,
    deviates: 'a helper of ours: upstream writes this loop out in iommu_sva_handle_iopf',
  },
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
);

/** The SVA worker of 6.11 and later: the address space comes from the attach handle. */
export const iommu_sva_handle_iopf = modelFunction(
  { name: 'iommu_sva_handle_iopf', file: FILE, upstream: 'drivers/iommu/iommu-sva.c (v6.12)' },
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    const handle = yield* load(group, 'attach_handle');
    const domain = yield* load(handle, 'domain');
    const status = yield* iommu_sva_handle_pages(k, group, domain);
    const respond = k.ops.iopf_group_response as NonNullable<typeof k.ops.iopf_group_response>;
    yield* respond(k, group, status);
    const free = k.ops.iopf_free_group as NonNullable<typeof k.ops.iopf_free_group>;
    yield* free(k, group);
  },
);
