// A PCIe function that raises I/O page faults. With PRI it spends credits, matches responses by
// PRG index and sets UPRGI for one it does not expect (2.1). With stall (SMMUv3, 2.4) every
// request is a group of its own and there are no credits.

import { performer } from '../core/machine';
import type { Thing } from '../core/object';
import {
  ACCEPTED,
  ACCEPTED_DISABLED,
  IGNORED,
  type RequestInfo,
  type ResponseInfo,
  UNEXPECTED,
} from '../core/response-outcome';
import { announce, type Gen, modelFunction, type Step } from '../core/task';
import { type PageRequestQueue, prq_enqueue } from './page-request-queue';
import { Registers } from './registers';

const FILE = 'engine/hardware/device.ts';

/** PRI control and status bits. */
export const PRI_ENABLE = 0x1;
export const PRI_RESET = 0x2;
export const PRI_RF = 0x1;
export const PRI_UPRGI = 0x2;
export const PRI_STOPPED = 0x100;

/** Response codes as the IOPF core names them (`enum iommu_page_response_code`). */
export const CODE_SUCCESS = 0;
export const CODE_INVALID = 1;
export const CODE_FAILURE = 2;
export const CODE_NAMES = ['SUCCESS', 'INVALID', 'FAILURE'] as const;

const SPECS = {
  CTRL: { reset: 0, writeMask: PRI_ENABLE | PRI_RESET, w1cMask: 0 },
  STATUS: { reset: PRI_STOPPED, writeMask: 0, w1cMask: PRI_RF | PRI_UPRGI },
} as const;

const PAGE_BYTES = 4096;
/** PRG indices are 9 bits wide. */
const INDEX_COUNT = 512;

interface Group {
  readonly index: number;
  readonly group: number;
  readonly pasid: number;
  credits: number;
  lastSent: boolean;
}

export interface HwOptions {
  readonly model: 'pri' | 'stall';
  /** Outstanding page request allocation, in requests. */
  readonly credits: number;
  /** Take the lowest free index again at once instead of counting on. */
  readonly reuseIndex: boolean;
}

class Carried {
  constructor(
    readonly name: string,
    readonly index: number,
    readonly pasid: number,
    readonly last: boolean,
    readonly group: number,
    readonly code: number,
    readonly meantFor: number,
    readonly abort: boolean,
  ) {}
}

/** The hardware of one device. */
export class Hw implements Thing {
  readonly thing = 'device';
  readonly mem = null;
  readonly name: string;
  readonly regs: Registers<keyof typeof SPECS>;
  readonly outstanding: Group[] = [];
  /** Codes of answered groups, by group count. */
  readonly answers = new Map<number, number>();
  credits = 0;
  groups = 0;
  private nextIndex = 0;

  constructor(
    label: string,
    readonly queue: PageRequestQueue,
    readonly options: HwOptions,
  ) {
    this.name = `${label}.pci`;
    this.regs = new Registers(`${label}.pri`, SPECS, (r, before) => this.control(r, before));
  }

  get enabled(): boolean {
    return (this.regs.values.CTRL & PRI_ENABLE) !== 0;
  }

  private control(register: string, before: number): void {
    if (register !== 'CTRL') return;
    const v = this.regs.values;
    if (v.CTRL & PRI_ENABLE && !(before & PRI_ENABLE)) {
      v.STATUS &= ~(PRI_STOPPED | PRI_RF | PRI_UPRGI);
    }
    this.settle();
  }

  /** STOPPED becomes 1 only when disabled and nothing is outstanding. */
  private settle(): void {
    const v = this.regs.values;
    if (!(v.CTRL & PRI_ENABLE) && this.outstanding.length === 0) v.STATUS |= PRI_STOPPED;
  }

  /** A PRG index for a new group: free, and not 0 after wrap unless free again. */
  freshIndex(): number {
    const busy = (i: number): boolean => this.outstanding.some((g) => g.index === i);
    if (this.options.reuseIndex) {
      let i = 0;
      while (busy(i)) i++;
      return i;
    }
    while (busy(this.nextIndex)) this.nextIndex = (this.nextIndex + 1) % INDEX_COUNT;
    const i = this.nextIndex;
    this.nextIndex = (i + 1) % INDEX_COUNT;
    return i;
  }

  /** Account for a request that leaves the device. */
  send(index: number, group: number, pasid: number, last: boolean): void {
    let g = this.outstanding.find((x) => x.group === group);
    if (g === undefined) {
      g = { index, group, pasid, credits: 0, lastSent: false };
      this.outstanding.push(g);
    }
    g.credits++;
    g.lastSent = last;
    this.credits++;
  }

  /** A response arrives; returns what the device makes of it. */
  receive(index: number, code: number): string {
    const v = this.regs.values;
    if (v.STATUS & PRI_RF) return IGNORED;
    const at = this.outstanding.findIndex((g) => g.index === index && g.lastSent);
    const g = this.outstanding[at];
    if (g === undefined) {
      v.STATUS |= PRI_UPRGI;
      return UNEXPECTED;
    }
    this.outstanding.splice(at, 1);
    this.credits -= g.credits;
    this.answers.set(g.group, code);
    if (code === CODE_FAILURE && this.options.model === 'pri') v.STATUS |= PRI_RF;
    this.settle();
    return this.enabled ? ACCEPTED : ACCEPTED_DISABLED;
  }
}

const REQUEST = performer(
  'page_request',
  (m, t) => {
    const hw = t.object as Hw;
    const r = t.value as Carried;
    if (!hw.enabled) return false;
    const before = hw.credits;
    const outstanding = m.recorder === null ? '' : outstandingText(hw);
    hw.send(r.index, r.group, r.pasid, r.last);
    hw.queue.inFlight++;
    if (m.recorder !== null) {
      m.recorder.delta(hw, 'credits', before, hw.credits);
      m.recorder.delta(hw, 'outstanding', outstanding, outstandingText(hw));
    }
    return true;
  },
  (_m, t) => {
    const hw = t.object as Hw;
    return !hw.enabled || hw.credits < hw.options.credits || hw.options.model === 'stall';
  },
);

const RESPONSE = performer('page_response', (m, t) => {
  const hw = t.object as Hw;
  const r = t.value as Carried;
  const before = outstandingText(hw);
  const credits = hw.credits;
  const outcome = hw.receive(r.index, r.code);
  if (m.recorder !== null) {
    m.recorder.delta(hw, 'credits', credits, hw.credits);
    m.recorder.delta(hw, 'outstanding', before, outstandingText(hw));
  }
  return r.abort && outcome === ACCEPTED_DISABLED ? ACCEPTED : outcome;
});

const WAIT = performer(
  'wait_response',
  (_m, t) => (t.object as Hw).answers.get(t.value as number),
  (_m, t) => (t.object as Hw).answers.has(t.value as number),
);

/** Outstanding groups as the inspector shows them. */
export function outstandingText(hw: Hw): string {
  return hw.outstanding.map((g) => `index ${g.index} pasid ${g.pasid}`).join('; ');
}

/**
 * The device hears an answer.
 * @param meantFor group count the answer is meant for, or -1 when the sender cannot know
 * @param abort true on the paths that answer a request nobody could handle
 */
export function hw_page_response(
  hw: Hw,
  index: number,
  pasid: number,
  code: number,
  meantFor: number,
  abort = false,
): Step<string> {
  const name = `index ${index} pasid ${pasid} ${CODE_NAMES[code] ?? code}`;
  const r = new Carried(name, index, pasid, true, meantFor, code, meantFor, abort);
  return announce(RESPONSE, 'page_response', hw, null, r satisfies ResponseInfo);
}

/** What a device access came to. */
export type AccessResult = 'ok' | 'error' | 'refused' | 'incomplete';

/** Send the requests of one group; gives its number, or 0 when PRI is off. */
const sendGroup = modelFunction(
  { name: 'send_page_requests', file: FILE },
  function* (hw: Hw, a: Access): Gen<number> {
    const group = ++hw.groups;
    const index = hw.freshIndex();
    for (let i = 0; i < a.pages; i++) {
      const last = i === a.pages - 1 && !a.incomplete;
      const { pasid, write } = a;
      const name = `index ${index} pasid ${pasid}${last ? ' last' : ''}`;
      const r = new Carried(name, index, pasid, last, group, 0, -1, false) satisfies RequestInfo;
      const sent = yield* announce<boolean>(REQUEST, 'page_request', hw, null, r);
      if (!sent) return 0;
      const addr = a.addr + i * PAGE_BYTES;
      yield* prq_enqueue(hw.queue, {
        name,
        hw,
        pasid,
        index,
        addr,
        last,
        read: true,
        write,
        group,
      });
    }
    return group;
  },
);

/** What a device wants from memory. */
export interface Access {
  readonly pasid: number;
  readonly addr: number;
  readonly pages: number;
  readonly write: boolean;
  /** Leave the last page out: a group that never ends. */
  readonly incomplete: boolean;
}

/**
 * One device access that misses in the ATC (2.1, device reaction model). With PRI it is one page
 * request group; with stall each page is a transaction of its own, held until it is answered.
 * @returns `ok` on SUCCESS, `error` on INVALID or FAILURE, `refused` when PRI is off,
 *   `incomplete` for a group without a last page, which nobody answers
 */
export const device_access = modelFunction(
  { name: 'device_access', file: FILE },
  function* (hw: Hw, a: Access): Gen<AccessResult> {
    const stall = hw.options.model === 'stall';
    const rounds = stall ? a.pages : 1;
    for (let i = 0; i < rounds; i++) {
      const part = stall ? { ...a, addr: a.addr + i * PAGE_BYTES, pages: 1, incomplete: false } : a;
      const group = yield* sendGroup(hw, part);
      if (group === 0) return 'refused';
      if (part.incomplete) return 'incomplete';
      const code = yield* announce<number>(WAIT, 'wait_response', hw, null, group);
      if (code !== CODE_SUCCESS) return 'error';
    }
    return 'ok';
  },
);
