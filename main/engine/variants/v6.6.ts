// L66: released 6.2 … 6.8. The core of 6.1; the worker looks the domain up, without a reference,
// and SVA is a domain of the core (1.A.5).
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, CODE_SUCCESS } from '../hardware/codes';
import { smmuLegacy } from '../kernel/arm-smmu-v3';
import { intel66 } from '../kernel/intel-ops';
import { iopf_complete_group } from '../kernel/io-pgfault';
import {
  iommu_attach_device_pasid,
  iommu_attach_handle_get,
  iommu_detach_device_pasid,
} from '../kernel/iommu';
import { iommu_sva_bind_device, iommu_sva_unbind_device } from '../kernel/iommu-sva';
import type { Kernel, KernelOps, PageEntry } from '../kernel/kernel';
import { iommu_sva_handle_mm } from '../kernel/mm';
import type { Device, IopfGroup, IopfHandler } from '../kernel/objects';
import { plainSeries } from '../kernel/plain-driver';
import { type ListHead, list_first, list_next } from '../primitives/list';
import { kfree, load } from '../primitives/memory';
import { v6_1 } from './v6.1';

const fn = modelFile('engine/variants/v6.6.ts', 'drivers/iommu/io-pgfault.c (v6.6)');

/** The mark that a domain resolves faults in its mm; the worker calls the page handler itself. */
const iommu_sva_handle_iopf: IopfHandler = fn(
  'iommu_sva_handle_iopf',
  function* (): Gen<number> {
    return 0;
  },
  'the page handler of 6.6 has another signature: the worker calls iommu_sva_handle_mm',
);

/** 1.A.5, L66: the domain of the PASID is looked up now, in the worker. */
const iopf_handler = fn(
  'iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    const dev = (yield* load(group, 'dev')) as Device;
    const handle = yield* iommu_attach_handle_get(dev, group.fault.pasid);
    const domain = typeof handle === 'number' ? null : yield* load(handle, 'domain');
    const handler = domain === null ? null : yield* load(domain, 'iopf_handler');
    let status = handler === null ? CODE_INVALID : CODE_SUCCESS;
    let node = yield* list_first<PageEntry>(group.faults as unknown as ListHead<PageEntry>);
    while (node !== null) {
      const next = yield* list_next(node);
      const page = node.entry;
      if (status === CODE_SUCCESS) {
        const mm = yield* load(domain, 'mm');
        status = yield* iommu_sva_handle_mm(k, page.fault, mm);
      }
      if (!page.fault.last) yield* kfree(page);
      node = next;
    }
    yield* iopf_complete_group(k, dev, group.fault, status);
    yield* kfree(group);
  },
  'the domain is found through the attach handle that the lab keeps in every variant',
);

/** Ops of `v6.6`. */
export const v6_6: KernelOps = {
  ...v6_1,
  iopf_handle_group: iopf_handler,
  iommu_sva_iopf_handler: iommu_sva_handle_iopf,
  iommu_sva_bind_device,
  iommu_sva_unbind_device,
  iommu_attach_device_pasid,
  iommu_detach_device_pasid,
  drivers: { 'vt-d': intel66, smmuv3: smmuLegacy, plain: plainSeries },
};
