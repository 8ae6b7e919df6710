// The request ring of one IOMMU unit: hardware writes at the tail, the interrupt thread reads at
// the head. A full ring sets PRO, discards requests until PRO is cleared, and answers a discarded
// last page itself with Success so that the device retries (2.3).
import { COUNT, footprint, READ, WRITE } from '../core/footprint';
import type { Machine } from '../core/machine';
import { Hardware } from '../core/object';
import { performer } from '../core/performers';
import { DISCARDED, QUEUED } from '../core/response-outcome';
import { announce, current, type Step } from '../core/task';
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
export class PageRequestQueue extends Hardware {
  readonly thing = 'ring';
  readonly slots: (RequestSlot | null)[];
  readonly regs: Registers<keyof typeof SPECS>;
  /** Requests sent by a device and not yet landed here. */
  inFlight = 0;
  /** Requests that have landed so far: a ring that has had no more than it holds was never full. */
  landed = 0;
  /** Slots in use, as the timeline draws them; kept in recorded runs only. */
  depth = 0;
  /** An event queue: a stalled event waits for room and is not lost (2.4). */
  keepsStalls = false;
  /** An interrupt has been raised: PPR or PRO went from 0 to 1. (Field `irq` of footprints.) */
  irqPending = false;
  /** The interrupt has been freed: no thread reads the ring any more. */
  irqFreed = false;

  constructor(
    readonly name: string,
    readonly size: number,
  ) {
    super();
    this.slots = new Array(size).fill(null);
    this.regs = new Registers(
      `${name}.regs`,
      SPECS,
      () => {},
      (f, register, value) => {
        // Whether the overflow is acknowledged too early is judged by what is in the ring (I19).
        if (register !== 'PRS' || !(value & PRS_PRO)) return;
        f.touch(this.regs.uid, 'PQH', READ);
        f.touch(this.regs.uid, 'PQT', READ);
      },
    );
  }

  /** The slot at a head or tail value. */
  at(position: number): RequestSlot {
    return this.slots[position % this.size] as RequestSlot;
  }

  /** The position after one. */
  after(position: number): number {
    return (position + 1) % (this.size * 2);
  }

  /** No room for one more? Looks at the head only when there may be none. */
  full(): boolean {
    return this.landed >= this.size && this.used() >= this.size;
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
    const full = q.full();
    q.landed++;
    if (v.PRS & PRS_PRO || full) {
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
    noteDepth(m, q);
    return QUEUED;
  },
  (_m, t) => {
    const q = t.object as PageRequestQueue;
    // What a device has sent that is gone needs no room.
    return (t.value as RequestSlot).hw.gone || !q.keepsStalls || !q.full();
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

footprint('prq_enqueue', (f, _m, _t, object, _field, value, result) => {
  const q = object as PageRequestQueue;
  const { hw } = value as RequestSlot;
  f.touch(q.uid, 'flight', COUNT);
  f.touch(hw.uid, 'flight', COUNT);
  f.touch(hw.uid, 'gone', READ);
  if (hw.gone) return;
  f.touch(q.uid, 'irq', WRITE);
  f.touch(q.regs.uid, 'PRS', WRITE);
  f.touch(q.regs.uid, 'PQT', result === QUEUED ? WRITE : READ);
  if (q.landed > q.size) f.touch(q.regs.uid, 'PQH', READ);
  if (result !== QUEUED) hw.answered(f);
});
footprint('ring_wait', (f, _m, _t, q) => f.touch(q.uid, 'irq', WRITE));

/** The interrupt of a ring is freed: its thread goes when it has finished. */
export function freeIrq(m: Machine, q: PageRequestQueue): void {
  m.changes(q, 'irq');
  q.irqFreed = true;
}

/** A request that left the device lands in the ring, or is discarded. */
export function prq_enqueue(q: PageRequestQueue, slot: RequestSlot): Step<string> {
  return announce(ENQUEUE, 'prq_enqueue', q, null, slot);
}

/** The interrupt thread sleeps until the ring has news. */
export function ring_wait(q: PageRequestQueue): Step<void> {
  return announce(WAIT, 'ring_wait', q, null, undefined);
}

/** The head register has been written: let the depth follow. */
export function noteHead(q: PageRequestQueue): void {
  noteDepth(current.machine, q);
}

function noteDepth(m: Machine, q: PageRequestQueue): void {
  if (m.recorder !== null) m.set(q, 'depth', q.used());
}
