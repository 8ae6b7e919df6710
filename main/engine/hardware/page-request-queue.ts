// The request ring of one IOMMU unit: hardware writes at the tail, the interrupt thread reads at
// the head. A full ring sets PRO, discards requests until PRO is cleared, and answers a discarded
// last page itself with Success so that the device retries (2.3).
import { performer } from '../core/machine';
import type { Thing } from '../core/object';
import { QUEUED } from '../core/response-outcome';
import { announce, current, type Step } from '../core/task';
import { CODE_SUCCESS, type Hw } from './device';
import { Registers } from './registers';

/** Status bits: page request pending, page request overflow. */
export const PRS_PPR = 1;
export const PRS_PRO = 2;

/** One request as the ring holds it. */
export interface RequestSlot {
  readonly name: string;
  readonly hw: Hw;
  readonly pasid: number;
  readonly index: number;
  readonly addr: number;
  readonly last: boolean;
  readonly read: boolean;
  readonly write: boolean;
  /** Group count of the device; for checkers only, hardware and kernel cannot see it. */
  readonly group: number;
}

const SPECS = {
  PQH: { reset: 0, writeMask: 0xffff, w1cMask: 0 },
  PQT: { reset: 0, writeMask: 0, w1cMask: 0 },
  PRS: { reset: 0, writeMask: 0, w1cMask: PRS_PPR | PRS_PRO },
} as const;

/** The ring. Head and tail count slots, not bytes; both wrap at twice the size. */
export class PageRequestQueue implements Thing {
  readonly thing = 'ring';
  readonly mem = null;
  readonly slots: (RequestSlot | null)[];
  readonly regs: Registers<keyof typeof SPECS>;
  /** Requests sent by a device and not yet landed here. */
  inFlight = 0;
  depth = 0;

  constructor(
    readonly name: string,
    readonly size: number,
  ) {
    this.slots = new Array(size).fill(null);
    this.regs = new Registers(`${name}.regs`, SPECS);
  }

  /** Slots in use. */
  used(): number {
    const wrap = this.size * 2;
    return (this.regs.values.PQT - this.regs.values.PQH + wrap) % wrap;
  }
}

const ENQUEUE = performer('prq_enqueue', (m, t) => {
  const q = t.object as PageRequestQueue;
  const slot = t.value as RequestSlot;
  const v = q.regs.values;
  q.inFlight--;
  if (v.PRS & PRS_PRO || q.used() >= q.size) {
    v.PRS |= PRS_PRO;
    if (slot.last) slot.hw.receive(slot.index, CODE_SUCCESS);
    return 'discarded: overflow';
  }
  q.slots[v.PQT % q.size] = slot;
  v.PQT = (v.PQT + 1) % (q.size * 2);
  v.PRS |= PRS_PPR;
  m.set(q, 'depth', q.used());
  return QUEUED;
});

const WAIT = performer(
  'ring_wait',
  () => undefined,
  (_m, t) => ((t.object as PageRequestQueue).regs.values.PRS & (PRS_PPR | PRS_PRO)) !== 0,
);

const DRAIN = performer(
  'hw_drain',
  () => undefined,
  (_m, t) => (t.object as PageRequestQueue).inFlight === 0,
);

/** A request that left the device lands in the ring, or is discarded. */
export function prq_enqueue(q: PageRequestQueue, slot: RequestSlot): Step<string> {
  return announce(ENQUEUE, 'prq_enqueue', q, null, slot);
}

/** The interrupt thread sleeps until the ring has news. */
export function ring_wait(q: PageRequestQueue): Step<void> {
  return announce(WAIT, 'ring_wait', q, null, undefined);
}

/**
 * Wait descriptor with the page-request-drain flag: done when every request sent before has landed
 * in the ring (or was discarded).
 */
export function hw_drain(q: PageRequestQueue): Step<void> {
  return announce(DRAIN, 'hw_drain', q, null, undefined);
}

/** Write the head register and let the depth follow. */
export function noteHead(q: PageRequestQueue): void {
  current.machine.set(q, 'depth', q.used());
}
