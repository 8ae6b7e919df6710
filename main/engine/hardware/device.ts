// The hardware of a PCIe function that raises page faults: it translates, asks for pages it does
// not get, and tries again when it is told SUCCESS (2.1, device reaction model). With PRI an access
// is one page request group; with stall (SMMUv3, 2.4) each page is a transaction of its own, held
// until it is answered. It can misbehave on request.
import { COUNT, type Footprints, footprint, READ, WRITE } from '../core/footprint';
import { Hardware, seen } from '../core/object';
import { performer } from '../core/performers';
import {
  ACCEPTED,
  ACCEPTED_DISABLED,
  DUPLICATE,
  GONE,
  LOST,
  type RequestInfo,
  UNEXPECTED,
} from '../core/response-outcome';
import { announce, current, type Gen, modelFunction, type Step, type Task } from '../core/task';
import { sleepNs } from '../primitives/delay';
import { CODE_FAILURE, CODE_NAMES, CODE_SUCCESS, PAGE_BYTES } from './codes';
import { type PageRequestQueue, prq_enqueue } from './page-request-queue';
import { ats_translate, type PageTable, type PasidEntry } from './pasid-table';
import { type Group, PriInterface } from './pri';

const FILE = 'engine/hardware/device.ts';

/** PRG indices are 9 bits wide. */
const INDEX_COUNT = 512;
/** How often a device tries again after a SUCCESS that did not help. */
const RETRIES = 2;
const BACKOFF_NS = 1000;

export interface HwOptions {
  readonly model: 'pri' | 'stall';
  /** Outstanding page request capacity, in requests. */
  readonly credits: number;
  /** Take the lowest free index again at once instead of counting on. */
  readonly reuseIndex: boolean;
  /** The physical function whose interface a virtual function shares. */
  readonly physical?: Hw | null;
}

/** What a `page_request` or `page_response` op carries. */
export interface Message extends RequestInfo {
  readonly name: string;
  readonly code: number;
  readonly meantFor: number;
  /** Sent by a path that answers what nobody could handle. */
  readonly abort: boolean;
  /** Pages of the group up to this request, from `addr` on. */
  readonly pages: number;
  readonly addr: number;
  /** Where the PASID led when the request was sent. */
  readonly space: PageTable | null;
  readonly rogue: boolean;
  /** A Stop Marker. */
  readonly marker: boolean;
}

const BLANK: Message = {
  name: '',
  index: 0,
  pasid: 0,
  last: true,
  group: 0,
  code: CODE_SUCCESS,
  meantFor: -1,
  abort: false,
  pages: 0,
  addr: 0,
  space: null,
  rogue: false,
  marker: false,
};

/** One PCIe function. */
export class Hw extends Hardware {
  readonly thing = 'device';
  readonly name: string;
  readonly pri: PriInterface;
  /** PASID table entries of this function; 0 is the requester id alone. */
  readonly entries = new Map<number, PasidEntry>();
  /** Address translation cache: where the cached translations of a PASID lead. */
  readonly atc = new Map<number, PageTable>();
  /** Codes of answered groups, by group count. */
  readonly answers = new Map<number, number>();
  /** PASIDs whose work has been stopped by the device driver. */
  readonly stoppedPasids = new Set<number>();
  groups = 0;
  /** Index and group of the request sent last. */
  lastIndex = -1;
  lastGroup = 0;
  /** Requests sent and not yet landed in the ring. */
  inFlight = 0;
  gone = false;
  /** Groups that the response just received has answered. */
  readonly justAnswered: number[] = [];
  private nextIndex = 0;

  constructor(
    label: string,
    readonly queue: PageRequestQueue,
    readonly options: HwOptions,
  ) {
    super();
    this.name = `${label}.pci`;
    this.pri = options.physical?.pri ?? new PriInterface(label, options.model, options.credits);
  }

  get regs(): PriInterface['regs'] {
    return this.pri.regs;
  }

  /** The number of a new group. */
  freshGroup(): number {
    current.machine.changes(this);
    return ++this.groups;
  }

  /** The PASID table entry, as code between two ops finds it. */
  entryOf(pasid: number): PasidEntry | undefined {
    current.machine.looks(this, `entry ${pasid}`);
    return seen(this.entries.get(pasid));
  }

  /** Which PASIDs have an entry, as code between two ops finds them. */
  pasids(): number[] {
    current.machine.looks(this, 'entries');
    return seen([...this.entries.keys()]);
  }

  /** A PRG index for a new group: free, and counted on unless the device reuses at once. */
  freshIndex(): number {
    current.machine.changes(this);
    current.machine.looks(this.pri, 'groups');
    const busy = (i: number): boolean =>
      this.pri.outstanding.some((g) => g.requester === this && g.index === i);
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

  /** Hardware answers by itself: a discarded last page at overflow (2.3). */
  autoAnswer(index: number, pasid: number): void {
    this.justAnswered.length = 0;
    this.take(this.pri.receive(this, index, pasid, CODE_SUCCESS).group, CODE_SUCCESS);
  }

  /** The answer to a group has come. */
  take(group: Group | null, code: number): void {
    if (group === null) return;
    this.answers.set(group.group, code);
    this.justAnswered.push(group.group);
  }

  /** Note the answers just received as touched: whoever waits for them waits for this step. */
  answered(f: Footprints): void {
    f.touch(this.pri.uid, 'groups', WRITE);
    f.touch(this.pri.regs.uid, 'STATUS', WRITE);
    f.touch(this.pri.regs.uid, 'CTRL', READ);
    for (const group of this.justAnswered) f.touch(this.uid, `answer ${group}`, WRITE);
  }

  /** Groups of a PASID that wait for an answer. */
  waitingFor(pasid: number): number {
    return this.pri.outstanding.filter((g) => g.requester === this && g.pasid === pasid).length;
  }
}

/** What the injected faults make of a response on its way; installed by `faults/responses.ts`. */
export const responsePolicy: { deliver: (t: Task, hw: Hw, r: Message) => Message[] } = {
  deliver: (_t, _hw, r) => [r],
};

function noteDeltas(hw: Hw, credits: number, outstanding: string): void {
  const r = current.machine.recorder;
  if (r === null) return;
  r.delta(hw, 'credits', credits, hw.pri.credits);
  r.delta(hw, 'outstanding', outstanding, outstandingText(hw));
}

const REQUEST = performer(
  'page_request',
  (m, t) => {
    const hw = t.object as Hw;
    const r = t.value as Message;
    if (hw.gone || (!hw.pri.open && !r.rogue)) return false;
    const credits = hw.pri.credits;
    const outstanding = m.recorder === null ? '' : outstandingText(hw);
    if (r.marker) m.fired.add('stop-marker');
    else if (r.space === null) m.fired.add('unknown-pasid');
    if (hw.lastIndex === r.index && hw.lastGroup !== r.group) m.fired.add('index-reuse');
    hw.lastIndex = r.index;
    hw.lastGroup = r.group;
    if (r.rogue && !hw.pri.enabled) m.fired.add('request-after-disable');
    if (r.rogue && !hw.pri.hasCredit) m.fired.add('beyond-credits');
    if (!r.marker) hw.pri.send(hw, r.index, r.group, r.pasid, r.last);
    hw.queue.inFlight++;
    hw.inFlight++;
    noteDeltas(hw, credits, outstanding);
    return true;
  },
  (_m, t) => {
    const { pri, gone } = t.object as Hw;
    const r = t.value as Message;
    return r.rogue || r.marker || gone || !pri.open || pri.hasCredit;
  },
);

const RESPONSE = performer('page_response', (m, t) => {
  const hw = t.object as Hw;
  const r = t.value as Message;
  if (hw.gone) return GONE;
  const outstanding = m.recorder === null ? '' : outstandingText(hw);
  const credits = hw.pri.credits;
  let outcome = LOST;
  hw.justAnswered.length = 0;
  for (const arriving of responsePolicy.deliver(t, hw, r)) {
    const { outcome: came, group } = hw.pri.receive(
      hw,
      arriving.index,
      arriving.pasid,
      arriving.code,
    );
    hw.take(group, arriving.code);
    const again = outcome === ACCEPTED || outcome === ACCEPTED_DISABLED;
    outcome = again && came === UNEXPECTED ? DUPLICATE : came;
    if (came === ACCEPTED_DISABLED) m.fired.add('late-response');
  }
  noteDeltas(hw, credits, outstanding);
  return r.abort && outcome === ACCEPTED_DISABLED ? ACCEPTED : outcome;
});

const WAIT = performer(
  'wait_response',
  (_m, t) => (t.object as Hw).answers.get(t.value as number) ?? CODE_FAILURE,
  (_m, t) => {
    const hw = t.object as Hw;
    return hw.answers.has(t.value as number) || hw.gone || (hw.pri.enabled && !hw.pri.open);
  },
);

const REMOVE = performer('surprise_removal', (_m, t) => {
  const hw = t.object as Hw;
  const { credits } = hw.pri;
  const outstanding = outstandingText(hw);
  current.machine.fired.add('surprise-removal');
  hw.gone = true;
  hw.pri.forget();
  noteDeltas(hw, credits, outstanding);
});

footprint('page_request', (f, _m, _t, object, _field, value, sent) => {
  const hw = object as Hw;
  f.touch(hw.uid, 'gone', READ);
  hw.pri.looked(f);
  // Credits are counted, and indices found free, among all groups of the interface.
  f.touch(hw.pri.uid, 'groups', sent === true && !(value as Message).marker ? WRITE : READ);
  if (sent !== true) return;
  f.touch(hw.uid, 'flight', COUNT);
  f.touch(hw.queue.uid, 'flight', COUNT);
});
footprint('page_response', (f, _m, _t, object) => {
  const hw = object as Hw;
  f.touch(hw.uid, 'gone', READ);
  if (!hw.gone) hw.answered(f);
});
footprint('wait_response', (f, _m, _t, object, _field, group) => {
  const hw = object as Hw;
  f.touch(hw.uid, 'gone', READ);
  hw.pri.looked(f);
  f.touch(hw.uid, `answer ${group}`, READ);
});
footprint('surprise_removal', (f, _m, _t, object) => {
  const hw = object as Hw;
  f.touch(hw.uid, 'gone', WRITE);
  f.touch(hw.pri.uid, 'groups', WRITE);
  f.touch(hw.pri.regs.uid, 'STATUS', WRITE);
  f.touch(hw.pri.regs.uid, 'CTRL', READ);
});

/** Outstanding groups as the inspector shows them. */
export function outstandingText(hw: Hw): string {
  return hw.pri.outstanding.map((g) => `index ${g.index} pasid ${g.pasid}`).join('; ');
}

/**
 * The device hears an answer.
 * @param meantFor group count the answer is meant for, or -1 when the sender cannot know
 * @param abort true on the paths that answer a request nobody could handle
 * @returns what the device made of it
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
  const r = { ...BLANK, name, index, pasid, group: meantFor, code, meantFor, abort };
  return announce(RESPONSE, 'page_response', hw, null, r);
}

const STOP = performer('device_stop', (_m, t) => {
  (t.object as Hw).stoppedPasids.add(t.value as number);
});

const IDLE = performer(
  'device_idle',
  () => undefined,
  (_m, t) => {
    const hw = t.object as Hw;
    return hw.gone || (hw.inFlight === 0 && hw.waitingFor(t.value as number) === 0);
  },
);

footprint('device_idle', (f, _m, _t, object) => {
  const hw = object as Hw;
  f.touch(hw.uid, 'gone', READ);
  f.touch(hw.uid, 'flight', READ);
  f.touch(hw.pri.uid, 'groups', READ);
});

/** The device may work for a PASID again; part of the step that runs. */
export function device_start(hw: Hw, pasid: number): void {
  current.machine.changes(hw);
  hw.stoppedPasids.delete(pasid);
}

/** Tell the device to start no more work for a PASID. */
export function device_stop(hw: Hw, pasid: number): Step<void> {
  return announce(STOP, 'device_stop', hw, null, pasid);
}

/** Wait until nothing of a PASID is outstanding at the device. */
export function device_idle(hw: Hw, pasid: number): Step<void> {
  return announce(IDLE, 'device_idle', hw, null, pasid);
}

/** The function disappears from the bus: nothing it sent or hears matters any more. */
export function surprise_removal(hw: Hw): Step<void> {
  return announce(REMOVE, 'surprise_removal', hw, null, undefined);
}

/** What a device access came to. */
export type AccessResult = 'ok' | 'error' | 'refused' | 'incomplete';

/** What a device wants from memory, and how it misbehaves on the way. */
export interface Access {
  /** 0 for a request without a PASID. */
  readonly pasid: number;
  readonly addr: number;
  readonly pages: number;
  readonly write: boolean;
  /** Leave the last page out: a group that never ends. */
  readonly incomplete: boolean;
  /** Ask without translating first, as a device does that has lost its context. */
  readonly blind: boolean;
  /** Ask although PRI is disabled or the credits are used up. */
  readonly rogue: boolean;
  /** Use this PRG index, free or not; -1 for a fresh one. */
  readonly index: number;
}

/** The request for page `i` of a group. */
function requestFor(hw: Hw, a: Access, index: number, group: number, i: number): Message {
  const { pasid, addr, rogue } = a;
  const last = i === a.pages - 1 && !a.incomplete;
  const name = `index ${index} pasid ${pasid}${last ? ' last' : ''}`;
  const space = hw.entryOf(pasid)?.space ?? null;
  return { ...BLANK, name, index, pasid, last, group, pages: i + 1, addr, space, rogue };
}

/** Send a message; it lands in the ring of the IOMMU. Gives false when PRI is off. */
const sendMessage = modelFunction(
  { name: 'send_page_request', file: FILE },
  function* (hw: Hw, r: Message, write: boolean): Gen<boolean> {
    if (!(yield* announce<boolean>(REQUEST, 'page_request', hw, null, r))) return false;
    const { name, pasid, index, last, group, marker } = r;
    const addr = r.addr + Math.max(0, r.pages - 1) * PAGE_BYTES;
    const slot = { name, hw, pasid, index, addr, last, group };
    yield* prq_enqueue(hw.queue, { ...slot, read: !marker, write: !marker && write });
    return true;
  },
);

/** Send the requests of one group; gives its number, or 0 when PRI is off. */
const sendGroup = modelFunction(
  { name: 'send_page_requests', file: FILE },
  function* (hw: Hw, a: Access): Gen<number> {
    const group = hw.freshGroup();
    const index = a.index >= 0 ? a.index : hw.freshIndex();
    for (let i = 0; i < a.pages; i++) {
      if (!(yield* sendMessage(hw, requestFor(hw, a, index, group, i), a.write))) return 0;
    }
    if (a.incomplete) current.machine.fired.add('group-without-last');
    return group;
  },
);

/** A Stop Marker: no more requests for this PASID are behind it. Nobody answers it. */
export const device_stop_marker = modelFunction(
  { name: 'send_stop_marker', file: FILE },
  function* (hw: Hw, pasid: number, index: number): Gen<void> {
    const name = `index ${index} pasid ${pasid} stop marker`;
    yield* sendMessage(hw, { ...BLANK, name, index, pasid, marker: true }, false);
  },
);

const NOTHING: Access = {
  pasid: 0,
  addr: 0,
  pages: 1,
  write: false,
  incomplete: false,
  blind: false,
  rogue: false,
  index: -1,
};

/** One round: translate, ask, wait. Null means "answered SUCCESS, try again". */
const attempt = modelFunction(
  { name: 'device_translate', file: FILE },
  function* (hw: Hw, a: Access): Gen<AccessResult | null> {
    current.machine.looks(hw);
    if (seen(hw.stoppedPasids.has(a.pasid))) return 'refused';
    if (!a.blind) {
      const t = yield* ats_translate(hw, a.pasid, a.addr, a.pages);
      if (t === 'hit' || t === 'stale hit') return 'ok';
      if (t === 'blocked') return 'error';
    }
    const group = yield* sendGroup(hw, a);
    if (group === 0) return 'refused';
    if (a.incomplete) return 'incomplete';
    const code = yield* announce<number>(WAIT, 'wait_response', hw, null, group);
    if (code !== CODE_SUCCESS) return 'error';
    return a.blind ? 'ok' : null;
  },
);

const accessOne = modelFunction(
  { name: 'device_access', file: FILE },
  function* (hw: Hw, a: Access): Gen<AccessResult> {
    for (let i = 0; i <= RETRIES; i++) {
      const result = yield* attempt(hw, a);
      if (result !== null) return result;
      const t = yield* ats_translate(hw, a.pasid, a.addr, a.pages);
      if (t !== 'fault') return t === 'blocked' ? 'error' : 'ok';
      yield* sleepNs(BACKOFF_NS);
    }
    return 'error';
  },
);

/**
 * A device access that misses in the ATC.
 * @returns `ok` when the pages are there, `error` on INVALID, FAILURE or a blocked translation,
 *   `refused` when PRI is off or the device has been told to stop, `incomplete` for a group
 *   without a last page, which nobody answers
 */
export const device_access = modelFunction(
  { name: 'device_job', file: FILE },
  function* (hw: Hw, wanted: Partial<Access>): Gen<AccessResult> {
    const a: Access = { ...NOTHING, ...wanted };
    const stall = hw.options.model === 'stall';
    if (!stall) return yield* accessOne(hw, a);
    for (let i = 0; i < a.pages; i++) {
      const addr = a.addr + i * PAGE_BYTES;
      const result = yield* accessOne(hw, { ...a, addr, pages: 1, incomplete: false });
      if (result !== 'ok') return result;
    }
    return 'ok';
  },
);
