// L61: released 5.12 … 6.1. Two per-device objects, a registered handler, PASID → mm lookup.
import { smmuLegacy } from '../kernel/arm-smmu-v3';
import {
  legacy_user_attach,
  legacy_user_detach,
  user_fault_handler,
  user_read,
  user_respond,
} from '../kernel/fault-queue';
import { intelLegacy } from '../kernel/intel-ops';
import * as core from '../kernel/io-pgfault';
import { legacy_sva_bind_device, legacy_sva_unbind_device } from '../kernel/iommu-sva';
import type { KernelOps } from '../kernel/kernel';
import { pci_enable_pri, pci_reset_pri } from '../kernel/pci-ats';
import { plainLegacy } from '../kernel/plain-driver';

/** Ops of `v6.1`; the base of all others. */
export const v6_1: KernelOps = {
  iommu_register_device_fault_handler: core.iommu_register_device_fault_handler,
  iommu_unregister_device_fault_handler: core.iommu_unregister_device_fault_handler,
  iommu_queue_iopf: core.iommu_queue_iopf,
  iopf_handle_group: core.iopf_handle_group,
  iommu_report_device_fault: core.iommu_report_device_fault,
  iommu_page_response: core.iommu_page_response,
  iopf_queue_flush_dev: core.iopf_queue_flush_dev,
  iopf_queue_discard_partial: core.iopf_queue_discard_partial,
  iopf_queue_add_device: core.iopf_queue_add_device,
  iopf_queue_remove_device: core.iopf_queue_remove_device,
  iopf_queue_alloc: core.iopf_queue_alloc,
  iopf_queue_free: core.iopf_queue_free,
  iommu_sva_bind_device: legacy_sva_bind_device,
  iommu_sva_unbind_device: legacy_sva_unbind_device,
  pci_enable_pri,
  pci_reset_pri,
  user_attach: legacy_user_attach,
  user_detach: legacy_user_detach,
  user_fault_handler,
  user_read,
  user_respond,
  drivers: { 'vt-d': intelLegacy, smmuv3: smmuLegacy, plain: plainLegacy },
};
