// The request ring of one IOMMU unit: hardware writes at the tail, the interrupt thread reads at
// the head. A full ring sets PRO, discards requests until PRO is cleared, and answers a discarded
// last page itself with Success so that the device retries (2.3).
import { performer } from '../core/machine';
import type { Thing } from '../core/object';
import { DISCARDED, QUEUED } from '../core/response-outcome';
import { announce, current, freshUid, type Step } from '../core/task';
import type { Hw } from './device';
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

/** A last page that wants neither to read nor to write (2.1). */
export function isStopMarker(slot: RequestSlot): boolean {
  return slot.last && !slot.read && !slot.write;
}

/** The ring. Head and tail count slots, not bytes; both wrap at twice the size. */
export class PageRequestQueue implements Thing {
  readonly thing = 'ring';
  readonly mem = null;
  readonly uid = freshUid();
  readonly slots: (RequestSlot | null)[];
  readonly regs: Registers<keyof typeof SPECS>;
  /** Requests sent by a device and not yet landed here. */
  inFlight = 0;
  depth = 0;
  /** An event queue: a stalled event waits for room and is not lost (2.4). */
  keepsStalls = false;
  /** An interrupt has been raised: PPR or PRO went from 0 to 1. */
  irqPending = false;
  /** The interrupt has been freed: no thread reads the ring any more. */
  irqFreed = false;

  constructor(
    readonly name: string,
    readonly size: number,
  ) {
    this.slots = new Array(size).fill(null);
    this.regs = new Registers(`${name}.regs`, SPECS);
  }

  /** The slot at a head or tail value. */
  at(position: number): RequestSlot {
    return this.slots[position % this.size] as RequestSlot;
  }

  /** The position after one. */
  after(position: number): number {
    return (position + 1) % (this.size * 2);
  }

  /** Slots in use. */
  used(): number {
    const wrap = this.size * 2;
    return (this.regs.values.PQT - this.regs.values.PQH + wrap) % wrap;
  }
}

const ENQUEUE = performer(
  'prq_enqueue',
  (m, t) => {
    const q = t.object as PageRequestQueue;
    const slot = t.value as RequestSlot;
    const v = q.regs.values;
    q.inFlight--;
    slot.hw.inFlight--;
    if (slot.hw.gone) return 'discarded: device is gone';
    if (v.PRS & PRS_PRO || q.used() >= q.size) {
      if (!(v.PRS & PRS_PRO)) q.irqPending = true;
      v.PRS |= PRS_PRO;
      m.fired.add('ring-overflow');
      if (slot.last && !isStopMarker(slot)) slot.hw.autoAnswer(slot.index, slot.pasid);
      return DISCARDED;
    }
    q.slots[v.PQT % q.size] = slot;
    v.PQT = (v.PQT + 1) % (q.size * 2);
    if (!(v.PRS & PRS_PPR)) q.irqPending = true;
    v.PRS |= PRS_PPR;
    m.set(q, 'depth', q.used());
    return QUEUED;
  },
  (_m, t) => {
    const q = t.object as PageRequestQueue;
    return !q.keepsStalls || q.used() < q.size;
  },
);

const WAIT = performer(
  'ring_wait',
  (_m, t) => {
    (t.object as PageRequestQueue).irqPending = false;
  },
  (_m, t) => {
    const q = t.object as PageRequestQueue;
    return q.irqFreed || q.irqPending;
  },
);

/** A request that left the device lands in the ring, or is discarded. */
export function prq_enqueue(q: PageRequestQueue, slot: RequestSlot): Step<string> {
  return announce(ENQUEUE, 'prq_enqueue', q, null, slot);
}

/** The interrupt thread sleeps until the ring has news. */
export function ring_wait(q: PageRequestQueue): Step<void> {
  return announce(WAIT, 'ring_wait', q, null, undefined);
}

/** Write the head register and let the depth follow. */
export function noteHead(q: PageRequestQueue): void {
  current.machine.set(q, 'depth', q.used());
}
