// drivers/iommu/intel/prq.c, and svm.c up to 6.12: the page request queue thread, the response and
// the drain (2.3).
import { peek } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID, NO_PASID } from '../hardware/codes';
import { hw_page_response } from '../hardware/device';
import { hw_drain, invalidate } from '../hardware/invalidation-queue';
import {
  isStopMarker,
  noteHead,
  PRS_PPR,
  PRS_PRO,
  type RequestSlot,
} from '../hardware/page-request-queue';
import { reg_read, reg_write } from '../hardware/registers';
import {
  complete,
  completion_done,
  reinit_completion,
  wait_for_completion,
} from '../primitives/completion';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { get_device, put_device } from './io-pgfault';
import type { Kernel } from './kernel';
import { type Device, deviceOf, EINVAL, type Fault, type IommuUnit } from './objects';

const FILE = 'engine/kernel/intel-prq.ts';
const fn = modelFile(FILE, 'drivers/iommu/intel/prq.c (v6.12)');
const legacyFn = modelFile(FILE, 'drivers/iommu/intel/svm.c (v6.1)');

/** The fault the core sees for a ring entry. */
export function faultOf(slot: RequestSlot): Fault {
  const { index, pasid, last, addr, write, group } = slot;
  const valid = pasid !== NO_PASID;
  return {
    name: `fault(index ${index}, pasid ${pasid}${last ? ', last' : ''})`,
    pasid,
    pasidValid: valid,
    needsPasid: valid,
    grpid: index,
    last,
    addr,
    write,
    group,
  };
}

/** Submit a page group response through the invalidation queue; never sleeps. */
export const intel_page_response = fn(
  'intel_iommu_page_response',
  function* (_k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    return 0;
  },
);

/** 1.A.12: refuses a request without a PASID, and does not answer it. */
export const intel_svm_page_response = legacyFn(
  'intel_svm_page_response',
  function* (k: Kernel, dev: Device, fault: Fault, code: number, group: number, abort?: boolean) {
    if (!fault.pasidValid || fault.pasid >= dev.pasid_max) return -EINVAL;
    const takesP = !k.level['response-without-pasid-mutex'];
    if (takesP) yield* mutex_lock(k.globals.pasid_mutex);
    yield* hw_page_response(dev.hw, fault.grpid, fault.pasid, code, group, abort ?? false);
    if (takesP) yield* mutex_unlock(k.globals.pasid_mutex);
    return 0;
  },
);

/** Answer a request that could not be reported, if it was a last one. */
const handle_bad_prq_event = fn('handle_bad_prq_event', function* (slot: RequestSlot) {
  if (!slot.last) return;
  yield* hw_page_response(slot.hw, slot.index, slot.pasid, CODE_INVALID, slot.group, true);
});

/** Up to 6.8: a counted PCI device; a report that fails is answered here. */
const reportCounted = legacyFn(
  'intel_svm_prq_report',
  function* (k: Kernel, unit: IommuUnit, slot: RequestSlot): Gen<void> {
    const dev = deviceOf(unit, slot.hw);
    let ret = -EINVAL;
    if (dev !== null) {
      yield* get_device(dev);
      ret = yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
      yield* put_device(dev);
    }
    if (ret !== 0) yield* handle_bad_prq_event(slot);
  },
);

/** 6.9 on: found in the tree of probed devices, reported under the unit's lock, result ignored. */
const reportFromTree = fn(
  'intel_prq_report',
  function* (k: Kernel, unit: IommuUnit, slot: RequestSlot): Gen<void> {
    const locked = k.level['report-under-iopf-lock'];
    if (locked) yield* mutex_lock(unit.iopf_lock);
    const dev = deviceOf(unit, slot.hw);
    if (dev !== null) yield* k.ops.iommu_report_device_fault(k, dev, faultOf(slot));
    if (locked) yield* mutex_unlock(unit.iopf_lock);
    if (dev === null) yield* handle_bad_prq_event(slot);
  },
);

/** The checks that come before anything else: a request the thread answers itself. */
function isBad(k: Kernel, slot: RequestSlot): boolean {
  return slot.pasid === NO_PASID && !k.level['rid-faults'];
}

function prqThread(report: typeof reportCounted) {
  return fn(
    'prq_event_thread',
    function* (k: Kernel, unit: IommuUnit): Gen<void> {
      const { prq } = unit;
      yield* reg_write(prq.regs, 'PRS', PRS_PPR);
      const tail = yield* reg_read(prq.regs, 'PQT');
      let head = yield* reg_read(prq.regs, 'PQH');
      for (; head !== tail; head = prq.after(head)) {
        const slot = prq.at(head);
        if (isBad(k, slot)) yield* handle_bad_prq_event(slot);
        else if (!isStopMarker(slot) || !k.level['drop-stop-markers']) {
          yield* report(k, unit, slot);
        }
      }
      yield* reg_write(prq.regs, 'PQH', tail);
      noteHead(prq);
      yield* clearOverflow(k, unit);
      if (!(yield* completion_done(unit.prq_complete))) yield* complete(unit.prq_complete);
    },
    'canonical addresses and privilege bits are not modelled',
  );
}

/** Step 5: drop the partial groups and clear PRO, once the ring is empty. */
const clearOverflow = fn(
  'prq_clear_overflow',
  function* (k: Kernel, unit: IommuUnit): Gen<void> {
    const { prq } = unit;
    if (!((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO)) return;
    if (k.level['pro-when-empty']) {
      const head = yield* reg_read(prq.regs, 'PQH');
      if (head !== (yield* reg_read(prq.regs, 'PQT'))) return;
    }
    yield* k.ops.iopf_queue_discard_partial(k, unit.iopf_queue);
    yield* reg_write(prq.regs, 'PRS', PRS_PRO);
  },
  'a helper of ours: upstream has it in prq_event_thread',
);

/** Thread function up to 6.8. */
export const prqThreadLegacy = prqThread(reportCounted);
/** Thread function from 6.9 on. */
export const prqThread69 = prqThread(reportFromTree);

/** Is a request of this PASID in the ring (between head and tail)? */
const ringHas = fn(
  'prq_has_pasid',
  function* (unit: IommuUnit, dev: Device, pasid: number): Gen<boolean> {
    const { prq } = unit;
    const tail = yield* reg_read(prq.regs, 'PQT');
    const head = yield* reg_read(prq.regs, 'PQH');
    for (let i = head; i !== tail; i = prq.after(i)) {
      // The head may have passed the tail read before it; then the scan goes once around the ring.
      const slot = prq.at(i) as RequestSlot | null;
      if (slot?.pasid === pasid && (pasid !== NO_PASID || slot.hw === dev.hw)) return true;
    }
    return false;
  },
  'a helper of ours: upstream has this scan in the drain',
);

/** Drain: software part, flush, hardware part (2.3). The caller may hold `pasid_mutex` (≤ 6.1). */
export const intel_drain_pasid_prq = fn(
  'intel_drain_pasid_prq',
  function* (k: Kernel, dev: Device, pasid: number): Gen<void> {
    if (!peek(dev, 'pri_enabled')) return;
    const { unit } = dev;
    const { prq } = unit;
    for (;;) {
      yield* reinit_completion(unit.prq_complete);
      if (!(yield* ringHas(unit, dev, pasid))) break;
      yield* wait_for_completion(unit.prq_complete);
    }
    const { pasid_mutex } = k.globals;
    const held = pasid_mutex.owner !== null && k.driver.sva_bind !== undefined;
    const drops = held && k.level['drain-drops-pasid-mutex'];
    if (drops) yield* mutex_unlock(pasid_mutex);
    yield* k.ops.iopf_queue_flush_dev(k, dev, pasid);
    if (drops) yield* mutex_lock(pasid_mutex);
    for (;;) {
      yield* reinit_completion(unit.prq_complete);
      yield* invalidate(dev.hw, pasid);
      yield* hw_drain(prq);
      if (!((yield* reg_read(prq.regs, 'PRS')) & PRS_PRO)) break;
      yield* wait_for_completion(unit.prq_complete);
    }
  },
  'privileged and RID matching of newest kernels: the requester id is compared for PASID 0 only',
);
