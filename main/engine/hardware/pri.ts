// The Page Request Interface of a PCIe function (2.1): control and status registers, credits, and
// the groups that wait for a response. A virtual function has none of its own: it shares the
// interface, the credits and the failure state of its physical function.
import { type Footprints, READ, WRITE } from '../core/footprint';
import { Hardware, type Thing } from '../core/object';
import { ACCEPTED, ACCEPTED_DISABLED, IGNORED, UNEXPECTED } from '../core/response-outcome';
import { CODE_FAILURE } from './codes';
import { Registers } from './registers';

/** Control bits. */
export const PRI_ENABLE = 0x1;
export const PRI_RESET = 0x2;
/** Status bits: response failure, unexpected index, stopped, responses carry PASIDs. */
export const PRI_RF = 0x1;
export const PRI_UPRGI = 0x2;
export const PRI_STOPPED = 0x100;
export const PRI_PASID = 0x8000;

const SPECS = {
  CTRL: { reset: 0, writeMask: PRI_ENABLE | PRI_RESET, w1cMask: 0 },
  STATUS: { reset: PRI_STOPPED | PRI_PASID, writeMask: 0, w1cMask: PRI_RF | PRI_UPRGI },
  MAX_REQ: { reset: 0, writeMask: 0, w1cMask: 0 },
  ALLOC_REQ: { reset: 0, writeMask: 0xffffffff, w1cMask: 0 },
} as const;

/** A page request group that left the device. */
export interface Group {
  /** The function that sent it. */
  readonly requester: Thing;
  readonly index: number;
  /** Counts the groups of the function; never reused. */
  readonly group: number;
  /** 0 for requests without a PASID. */
  readonly pasid: number;
  credits: number;
  lastSent: boolean;
}

/** One Page Request Interface. */
export class PriInterface extends Hardware {
  readonly thing = 'pri';
  readonly name: string;
  readonly regs: Registers<keyof typeof SPECS>;
  readonly outstanding: Group[] = [];
  /** Requests sent and not yet answered. */
  credits = 0;

  constructor(
    label: string,
    readonly model: 'pri' | 'stall',
    capacity: number,
  ) {
    super();
    this.name = `${label}.pri`;
    this.regs = new Registers(
      `${label}.pri`,
      SPECS,
      (r, before) => this.written(r, before),
      (f, r, value) => {
        if (r !== 'CTRL') return;
        f.touch(this.regs.uid, 'STATUS', WRITE);
        f.touch(this.uid, 'groups', value & PRI_RESET ? WRITE : READ);
      },
    );
    this.regs.values.MAX_REQ = capacity;
    this.regs.values.ALLOC_REQ = capacity;
  }

  get enabled(): boolean {
    return (this.regs.values.CTRL & PRI_ENABLE) !== 0;
  }

  /** May the function send requests: enabled, and no response failure. */
  get open(): boolean {
    return this.enabled && (this.regs.values.STATUS & PRI_RF) === 0;
  }

  /** Room for one more request? A stalled transaction takes no credit. */
  get hasCredit(): boolean {
    return this.model === 'stall' || this.credits < this.regs.values.ALLOC_REQ;
  }

  private written(register: string, before: number): void {
    if (register !== 'CTRL') return;
    const v = this.regs.values;
    if (v.CTRL & PRI_ENABLE && !(before & PRI_ENABLE)) {
      v.STATUS &= ~(PRI_STOPPED | PRI_RF | PRI_UPRGI);
    }
    if (v.CTRL & PRI_RESET) {
      v.CTRL &= ~PRI_RESET;
      if (!(before & PRI_ENABLE)) this.forget();
    }
    this.settle();
  }

  /** Reset, or the function is gone: nothing is outstanding any more. */
  forget(): void {
    this.outstanding.length = 0;
    this.credits = 0;
    this.settle();
  }

  /** STOPPED becomes 1 only when disabled and nothing is outstanding. */
  private settle(): void {
    const v = this.regs.values;
    if (!(v.CTRL & PRI_ENABLE) && this.outstanding.length === 0) v.STATUS |= PRI_STOPPED;
  }

  /** What it reads to say whether a request may be sent, or a response be taken. */
  looked(f: Footprints): void {
    f.touch(this.regs.uid, 'CTRL', READ);
    f.touch(this.regs.uid, 'STATUS', READ);
    f.touch(this.regs.uid, 'ALLOC_REQ', READ);
  }

  /** Account for a request that leaves the device. */
  send(requester: Thing, index: number, group: number, pasid: number, last: boolean): void {
    let g = this.outstanding.find((x) => x.requester === requester && x.group === group);
    if (g === undefined) {
      g = { requester, index, group, pasid, credits: 0, lastSent: false };
      this.outstanding.push(g);
    }
    g.credits++;
    g.lastSent = last;
    this.credits++;
  }

  /**
   * A response arrives.
   * @returns what the interface makes of it, and the group it closed, if any
   */
  receive(
    requester: Thing,
    index: number,
    pasid: number,
    code: number,
  ): { outcome: string; group: Group | null } {
    const v = this.regs.values;
    if (v.STATUS & PRI_RF) return { outcome: IGNORED, group: null };
    const at = this.outstanding.findIndex(
      (g) => g.requester === requester && g.index === index && g.lastSent && g.pasid === pasid,
    );
    const group = this.outstanding[at];
    if (group === undefined) {
      v.STATUS |= PRI_UPRGI;
      return { outcome: UNEXPECTED, group: null };
    }
    this.outstanding.splice(at, 1);
    this.credits -= group.credits;
    if (code === CODE_FAILURE && this.model === 'pri') v.STATUS |= PRI_RF;
    this.settle();
    return { outcome: this.enabled ? ACCEPTED : ACCEPTED_DISABLED, group };
  }
}
