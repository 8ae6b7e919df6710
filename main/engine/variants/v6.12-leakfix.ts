// K612L: 6.12.16 … 6.12.113. Removal also frees the groups it answers: the fix of a leak that was
// none (B12 to B15, B20).
import type { KernelOps } from '../kernel/kernel';
import { removal } from './v6.9';
import { v6_12 } from './v6.12';

/** Ops of `v6.12-leakfix`. */
export const v6_12_leakfix: KernelOps = { ...v6_12, iopf_queue_remove_device: removal(true) };
