// Resolving a fault in an address space: the page handler shared by all eras (1.A.5 steps 3 to 8).
import { type Gen, modelFunction } from '../core/task';
import { CODE_INVALID, CODE_SUCCESS } from '../hardware/device';
import { sleepNs } from '../primitives/delay';
import { kfree, load } from '../primitives/memory';
import { refcount_dec_and_test, refcount_inc_not_zero } from '../primitives/refcount';
import { down_read, up_read } from '../primitives/rwsem';
import type { Kernel } from './kernel';
import type { Fault, Mm } from './objects';

const FILE = 'engine/kernel/mm-fault.ts';

/** handle_mm_fault: resolve one page; takes as long as the mm was told to. */
export const handle_mm_fault = modelFunction(
  {
    name: 'handle_mm_fault',
    file: FILE,
    upstream: 'mm/memory.c',
    deviates: 'resolves at once or after an injected delay; page tables are not modelled',
  },
  function* (mm: Mm): Gen<boolean> {
    if (mm.faultDelayNs > 0) yield* sleepNs(mm.faultDelayNs);
    return (yield* load(mm, 'vmas')).length > 0;
  },
);

/** mmput: the last user tears the address space down. */
export const mmput = modelFunction(
  {
    name: 'mmput',
    file: FILE,
    upstream: 'kernel/fork.c',
    deviates: 'teardown frees the mm at once; MMU notifiers are not modelled',
  },
  function* (mm: Mm): Gen<void> {
    if (yield* refcount_dec_and_test(mm.mm_users)) yield* kfree(mm);
  },
);

/** One page in the address space `mm`; returns a response code. Drops nothing it did not take. */
export const iommu_sva_handle_mm = modelFunction(
  {
    name: 'iommu_sva_handle_mm',
    file: FILE,
    upstream: 'drivers/iommu/iommu-sva.c',
    deviates: 'stands for iopf_handle_single (6.1) and iommu_sva_handle_mm (6.9 on) after lookup',
  },
  function* (_k: Kernel, fault: Fault, mm: Mm | null): Gen<number> {
    if (!fault.pasidValid || mm === null) return CODE_INVALID;
    if (!(yield* refcount_inc_not_zero(mm.mm_users))) return CODE_INVALID;
    let status = CODE_INVALID;
    yield* down_read(mm.mmap_lock);
    const vma = mm.vmas.find((v) => v.start <= fault.addr && fault.addr < v.end);
    if (vma !== undefined && (vma.write || !fault.write)) {
      if (yield* handle_mm_fault(mm)) status = CODE_SUCCESS;
    }
    yield* up_read(mm.mmap_lock);
    yield* mmput(mm);
    return status;
  },
);
