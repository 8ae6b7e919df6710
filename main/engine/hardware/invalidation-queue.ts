// Commands to the IOMMU that the kernel waits for: invalidating what a device has cached, and the
// wait descriptor that drains page requests. An invalidation completion cannot overtake page
// requests that the device sent earlier, so it proves that they have reached the IOMMU (2.2, 2.3).
import { footprint, READ, WRITE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { performer } from '../core/performers';
import { announce, type Step, type Task } from '../core/task';
import type { Hw } from './device';
import type { PageRequestQueue } from './page-request-queue';

/** Does an invalidation time out? Installed by `faults/`; never, by default. */
export const invalidationPolicy: { timesOut: (m: Machine, t: Task, hw: Hw) => boolean } = {
  timesOut: () => false,
};

const INVALIDATE: number = performer(
  'invalidate',
  (m, t) => {
    const hw = t.object as Hw;
    if (hw.gone) return 'device does not answer: time-out';
    if (invalidationPolicy.timesOut(m, t, hw)) {
      // The aborted batch is submitted again; the caller goes on spinning.
      t.followUp = INVALIDATE;
      return 'time-out, resubmitted';
    }
    hw.atc.delete(t.value as number);
    return 'complete';
  },
  (_m, t) => (t.object as Hw).inFlight === 0 || (t.object as Hw).gone,
);

const DRAIN = performer(
  'hw_drain',
  () => undefined,
  (_m, t) => (t.object as PageRequestQueue).inFlight === 0,
);

footprint('invalidate', (f, _m, _t, hw, _field, pasid) => {
  f.touch(hw.uid, 'gone', READ);
  f.touch(hw.uid, 'flight', READ);
  f.touch(hw.uid, `atc ${pasid}`, WRITE);
});
footprint('hw_drain', (f, _m, _t, q) => f.touch(q.uid, 'flight', READ));

/**
 * IOTLB and device-TLB invalidation for one PASID, with a wait descriptor. The caller spins.
 * @returns `complete`, or what kept the device from answering
 */
export function invalidate(hw: Hw, pasid: number): Step<string> {
  return announce(INVALIDATE, 'invalidate', hw, null, pasid);
}

/**
 * Wait descriptor with the page-request-drain flag: done when every request sent before has landed
 * in the ring (or was discarded).
 */
export function hw_drain(q: PageRequestQueue): Step<void> {
  return announce(DRAIN, 'hw_drain', q, null, undefined);
}
