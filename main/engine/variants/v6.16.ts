// A616: 6.16 and later. There is no feature to enable any more: attaching the first domain that
// takes faults joins the queue, detaching the last one leaves it (1.D). Core of v6.12-leakfix.
import { amd612 } from '../kernel/amd-iommu';
import { smmu616 } from '../kernel/arm-smmu-v3';
import { intel616 } from '../kernel/intel-ops';
import type { KernelOps } from '../kernel/kernel';
import { mock616, plain616 } from '../kernel/plain-driver';
import { v6_12_leakfix } from './v6.12-leakfix';

/** Ops of `v6.16`. */
export const v6_16: KernelOps = {
  ...v6_12_leakfix,
  drivers: { 'vt-d': intel616, smmuv3: smmu616, amd: amd612, plain: plain616, mock: mock616 },
};
