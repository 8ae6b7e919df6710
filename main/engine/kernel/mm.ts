// Address spaces: their references, their end, and resolving a device fault in them (1.A.5 steps 3
// to 8, 3.2).
import { peek } from '../core/object';
import { current, type Gen, modelFile } from '../core/task';
import { CODE_INVALID, CODE_SUCCESS } from '../hardware/codes';
import { page_map, page_unmap } from '../hardware/pasid-table';
import { sleepNs } from '../primitives/delay';
import { kfree, load, store } from '../primitives/memory';
import { refcount_dec_and_test, refcount_inc, refcount_inc_not_zero } from '../primitives/refcount';
import { down_read, up_read } from '../primitives/rwsem';
import { wait_event } from '../primitives/wait-queue';
import { xa_erase, xa_load } from '../primitives/xarray';
import type { Kernel } from './kernel';
import type { Mm, MmuNotifier } from './mm-objects';
import type { Fault } from './objects';

const FILE = 'engine/kernel/mm.ts';

const forkFn = modelFile(FILE, 'kernel/fork.c');
const mmFn = modelFile(FILE, 'mm/memory.c');
const svaFn = modelFile(FILE, 'drivers/iommu/iommu-sva.c');
const notifierFn = modelFile(FILE, 'mm/mmu_notifier.c');

/** handle_mm_fault: resolve one page; takes as long as the mm was told to, perhaps for ever. */
export const handle_mm_fault = mmFn(
  'handle_mm_fault',
  function* (mm: Mm, addr: number): Gen<void> {
    if (peek(mm, 'stalled')) {
      current.machine.fired.add('stalled-mm');
      yield* wait_event(mm, () => !mm.stalled, mm);
    }
    if (mm.faultDelayNs > 0) {
      current.machine.fired.add('slow-mm');
      yield* sleepNs(mm.faultDelayNs);
    }
    yield* page_map(mm.pgd, addr, 1);
  },
  'a page is present or not; nothing is ever swapped out',
);

/** mmgrab: keep the structure, not its pages. */
export const mmgrab = forkFn('mmgrab', function* (mm: Mm): Gen<void> {
  yield* refcount_inc(mm.mm_count);
});

/** mm_pasid_drop and the rest of __mmdrop. */
const __mmdrop = forkFn('__mmdrop', function* (k: Kernel, mm: Mm): Gen<void> {
  const data = yield* load(mm, 'iommu_mm');
  if (data !== null) {
    if ((yield* xa_load(k.globals.pasids, data.pasid)) === mm) {
      yield* xa_erase(k.globals.pasids, data.pasid);
    }
    yield* kfree(data);
  }
  yield* kfree(mm);
});

/** mmdrop: the last one frees the structure, and with it its PASID. */
export const mmdrop = forkFn('mmdrop', function* (k: Kernel, mm: Mm): Gen<void> {
  if (yield* refcount_dec_and_test(mm.mm_count)) yield* __mmdrop(k, mm);
});

/** exit_mmap: notifiers hear of it first, then the pages go. */
const exit_mmap = forkFn('exit_mmap', function* (k: Kernel, mm: Mm): Gen<void> {
  for (const n of peek(mm, 'notifiers')) yield* n.release(k, mm);
  yield* page_unmap(mm.pgd);
  yield* store(mm, 'vmas', []);
});

/** mmput: the last user tears the address space down, wherever it happens to run. */
export const mmput = forkFn('mmput', function* (k: Kernel, mm: Mm): Gen<void> {
  if (!(yield* refcount_dec_and_test(mm.mm_users))) return;
  yield* exit_mmap(k, mm);
  yield* mmdrop(k, mm);
});

/** mmu_notifier_register: the notifier keeps the structure alive. */
export const mmu_notifier_register = notifierFn(
  'mmu_notifier_register',
  function* (mm: Mm, n: MmuNotifier): Gen<void> {
    yield* mmgrab(mm);
    yield* store(mm, 'notifiers', [...peek(mm, 'notifiers'), n]);
  },
  'mmap_lock is not taken; SRCU is not modelled',
);

/** mmu_notifier_unregister */
export const mmu_notifier_unregister = notifierFn(
  'mmu_notifier_unregister',
  function* (k: Kernel, mm: Mm, n: MmuNotifier): Gen<void> {
    const rest = (yield* load(mm, 'notifiers')).filter((x) => x !== n);
    yield* store(mm, 'notifiers', rest);
    yield* mmdrop(k, mm);
  },
  'does not wait for a release that is running',
);

/** One page in the address space `mm`; returns a response code. Drops nothing it did not take. */
export const iommu_sva_handle_mm = svaFn(
  'iommu_sva_handle_mm',
  function* (k: Kernel, fault: Fault, mm: Mm | null): Gen<number> {
    if (!fault.pasidValid || mm === null) return CODE_INVALID;
    if (!(yield* refcount_inc_not_zero(mm.mm_users))) return CODE_INVALID;
    let status = CODE_INVALID;
    yield* down_read(mm.mmap_lock);
    const vma = peek(mm, 'vmas').find((v) => v.start <= fault.addr && fault.addr < v.end);
    if (vma !== undefined && (vma.write || !fault.write)) {
      yield* handle_mm_fault(mm, fault.addr);
      status = CODE_SUCCESS;
    }
    yield* up_read(mm.mmap_lock);
    yield* mmput(k, mm);
    return status;
  },
  'stands for iopf_handle_single (6.1), the page handler of 6.2 on, and iommu_sva_handle_mm (6.9 on)',
);
