// K612: 6.11/6.12 … 6.12.15. Faults find their domain through attach handles, iommufd queues them
// for user space, and what cannot be handled is answered (1.C.4 to 1.C.8).
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, NO_PASID } from '../hardware/codes';
import { amd612 } from '../kernel/amd-iommu';
import { smmu612 } from '../kernel/arm-smmu-v3';
import { iommufd_user_read, iommufd_user_respond } from '../kernel/fault-queue';
import { intel69 } from '../kernel/intel-ops';
import { respond } from '../kernel/io-pgfault';
import * as iommu from '../kernel/iommu';
import * as iommufdDevice from '../kernel/iommufd-device';
import * as iommufdFault from '../kernel/iommufd-fault';
import type { Kernel, KernelOps } from '../kernel/kernel';
import { type AttachHandle, type Device, EINVAL, type Fault, filled } from '../kernel/objects';
import { mock612, plain612 } from '../kernel/plain-driver';
import { load } from '../primitives/memory';
import { WARN_ON } from '../primitives/printk';
import { iopf_get_dev_fault_param, iopf_put_dev_fault_param } from './refcount-step';
import { abort_group, iopf_group_alloc, report_partial_fault, v6_9 } from './v6.9';

const fn = modelFile('engine/variants/v6.12.ts', 'drivers/iommu/io-pgfault.c (v6.12)');

/** The attach handle whose domain takes this fault, or null. */
const find_fault_handler = fn(
  'find_fault_handler',
  function* (dev: Device, fault: Fault): Gen<AttachHandle | null> {
    const pasid = fault.pasidValid ? fault.pasid : NO_PASID;
    let handle = yield* iommu.iommu_attach_handle_get(dev, pasid);
    if (typeof handle === 'number' && fault.pasidValid && dev.user_pasid_table) {
      handle = yield* iommu.iommu_attach_handle_get(dev, NO_PASID, 'nested');
    }
    if (typeof handle === 'number') return null;
    const domain = yield* load(handle, 'domain');
    return (yield* load(domain, 'iopf_handler')) === null ? null : handle;
  },
);

/** Step 8: answer what nobody can handle, last page or not (B18). */
const badSetup = fn(
  'iopf_bad_setup',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    if (k.level['answer-bad-setup']) yield* respond(k, dev, fault, CODE_INVALID, true);
    return -EINVAL;
  },
  'a helper of ours: the end of iommu_report_device_fault',
);

/** 1.C.4 */
const iommu_report_device_fault = fn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const handle = yield* find_fault_handler(dev, fault);
    if (handle === null) return yield* badSetup(k, dev, fault);
    const fp = yield* iopf_get_dev_fault_param(k, dev);
    yield* WARN_ON(fp === null, 'page fault reported without fault data');
    if (fp === null) return yield* badSetup(k, dev, fault);
    if (!fault.last) {
      const ret = yield* report_partial_fault(fp, fault);
      yield* iopf_put_dev_fault_param(k, fp);
      return ret;
    }
    const group = yield* iopf_group_alloc(fp, fault);
    if (!group.onStack) {
      group.attach_handle = handle;
      filled(group);
      const domain = yield* load(handle, 'domain');
      const handler = yield* load(domain, 'iopf_handler');
      if (handler !== null && (yield* handler(k, group)) === 0) return 0;
    }
    yield* abort_group(k, group);
    return 0;
  },
);

/** Ops of `v6.12`. */
export const v6_12: KernelOps = {
  ...v6_9,
  iommu_report_device_fault,
  iommu_attach_handle_get: iommu.iommu_attach_handle_get,
  iommu_attach_group_handle: iommu.iommu_attach_group_handle,
  iommu_detach_group_handle: iommu.iommu_detach_group_handle,
  iommu_replace_group_handle: iommu.iommu_replace_group_handle,
  iommu_replace_device_pasid: iommu.iommu_replace_device_pasid,
  iommufd_fault_iopf_handler: iommufdFault.iommufd_fault_iopf_handler,
  iommufd_fault_fops_read: iommufdFault.iommufd_fault_fops_read,
  iommufd_fault_fops_write: iommufdFault.iommufd_fault_fops_write,
  iommufd_fault_fops_poll: iommufdFault.iommufd_fault_fops_poll,
  iommufd_fault_fops_release: iommufdDevice.iommufd_fault_close,
  iommufd_fault_alloc: iommufdDevice.iommufd_fault_alloc,
  iommufd_hwpt_alloc: iommufdDevice.iommufd_hwpt_alloc,
  iommufd_destroy: iommufdDevice.iommufd_destroy,
  iommufd_auto_response_faults: iommufdFault.iommufd_auto_response_faults,
  iommufd_hwpt_attach_device: iommufdDevice.iommufd_hwpt_attach_device,
  iommufd_hwpt_detach_device: iommufdDevice.iommufd_hwpt_detach_device,
  iommufd_hwpt_replace_device: iommufdDevice.iommufd_hwpt_replace_device,
  user_attach: iommufdDevice.iommufd_user_attach,
  user_detach: iommufdDevice.iommufd_user_detach,
  user_read: iommufd_user_read,
  user_respond: iommufd_user_respond,
  drivers: { 'vt-d': intel69, smmuv3: smmu612, amd: amd612, plain: plain612, mock: mock612 },
};
