// VT-d as a set of driver entry points, one for each era (1.A.12, 1.C.7, 1.D).
import { type Gen, modelFunction } from '../core/task';
import * as iommu from './intel-iommu';
import {
  intel_drain_pasid_prq,
  intel_page_response,
  intel_svm_page_response,
  prqThread69,
  prqThreadLegacy,
} from './intel-prq';
import * as svm from './intel-svm';
import type { DriverOps } from './kernel';

const common = {
  model: 'pri' as const,
  drains: true,
  release_device: iommu.intel_iommu_release_device,
  page_response: intel_page_response,
  drain_prq: intel_drain_pasid_prq,
  set_dev_pasid: iommu.intel_iommu_set_dev_pasid,
  remove_dev_pasid: iommu.intel_iommu_remove_dev_pasid,
  attach_dev: iommu.intel_iommu_attach_dev,
  domain_alloc_sva: svm.intel_svm_domain_alloc,
  domain_free_sva: svm.intel_svm_domain_free,
  finish_unit: iommu.intel_finish_prq,
};

/** VT-d as in 6.1: SVA in the driver, PRI on since the device has its DMA domain. */
export const intelLegacy: DriverOps = {
  ...common,
  page_response: intel_svm_page_response,
  sva_bind: svm.intel_svm_bind,
  sva_unbind: svm.intel_svm_unbind,
  probe: iommu.probeWithPri,
  enable_iopf: iommu.intel_iommu_enable_sva,
  disable_iopf: iommu.intel_iommu_disable_sva,
  irq_thread: prqThreadLegacy,
};

/** VT-d as in 6.6: SVA domains in the core, the rest as in 6.1. */
export const intel66: DriverOps = {
  ...common,
  page_response: intel_svm_page_response,
  probe: iommu.probeWithPri,
  enable_iopf: iommu.intel_iommu_enable_sva,
  disable_iopf: iommu.intel_iommu_disable_sva,
  irq_thread: prqThreadLegacy,
};

/** VT-d during the series: enabling as in 6.12, reporting as in 6.1. */
export const intelSeries: DriverOps = {
  ...common,
  page_response: intel_svm_page_response,
  probe: () => {},
  enable_iopf: iommu.intel_iommu_enable_iopf,
  disable_iopf: iommu.intel_iommu_disable_iopf,
  irq_thread: prqThreadLegacy,
};

/** VT-d as in 6.9 to 6.15: lookup and report under the unit's lock, result ignored. */
export const intel69: DriverOps = {
  ...intelSeries,
  page_response: intel_page_response,
  irq_thread: prqThread69,
};

const follows = modelFunction(
  {
    name: 'iommu_dev_enable_feature',
    file: 'engine/kernel/intel-ops.ts',
    deviates: 'gone since 6.16: the queue is joined and left by attaching and detaching domains',
  },
  function* (): Gen<number> {
    return 0;
  },
);

/** VT-d in 6.16: PRI on since probe, the queue joined and left with the domains. */
export const intel616: DriverOps = {
  ...intel69,
  counts: true,
  probe: iommu.probeWithPri,
  enable_iopf: follows,
  disable_iopf: follows,
  set_dev_pasid: iommu.intel_iommu_set_dev_pasid_616,
  remove_dev_pasid: iommu.intel_iommu_remove_dev_pasid_616,
  attach_dev: iommu.intel_iommu_attach_dev_616,
};
