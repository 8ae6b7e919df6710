// Devices and address spaces as scripts hold them: a structure of the engine and verbs on it.
import {
  type Access,
  type AttachHandle,
  Device,
  device_access,
  device_stop_marker,
  freshUid,
  type Gen,
  Hw,
  type IommuUnit,
  idxd_cdev_open,
  idxd_cdev_release,
  iommufd_test_trigger_iopf,
  type Kernel,
  type Machine,
  Mm,
  mmput,
  NO_PASID,
  type PageRequestQueue,
  type Step,
  store,
  surprise_removal,
  verb,
} from '../engine/api';
import { need } from './lab-shared';

const DEFAULT_CREDITS = 32;
const DEFAULT_ADDR = 0x1000;
const SPACE_START = 0x1000;
const SPACE_END = 0x100000;

/** What `lab.device` takes. */
export interface DeviceOptions {
  readonly credits?: number;
  readonly reuseIndex?: boolean;
  /** The physical function this virtual function belongs to. */
  readonly vfOf?: DeviceHandle;
  /** Has no PRI: handles its page faults itself, or has none. */
  readonly pri?: boolean;
  /** On SMMUv3: send page requests instead of stalling. */
  readonly stall?: boolean;
  /** PASIDs it can use, exclusive. */
  readonly pasidMax?: number;
}

/** A device as scripts hold it. */
export interface DeviceHandle {
  readonly name: string;
  readonly struct: Device;
  access(options?: Partial<Access>): Step<string>;
  /** The mock driver's ioctl: report a fault straight from the calling task. */
  trigger(options?: {
    pasid?: number;
    index?: number;
    last?: boolean;
    addr?: number;
  }): Step<number>;
  stopMarker(options?: { pasid?: number; index?: number }): Step<void>;
  remove(): Step<void>;
}

/** An address space as scripts hold it. */
export interface SpaceHandle {
  readonly name: string;
  readonly struct: Mm;
  exit(): Step<void>;
  serve(): Step<void>;
}

/** Make `lab.device`. */
export function deviceMaker(m: Machine, k: Kernel, unit: IommuUnit, prq: PageRequestQueue) {
  return (name: string, o: DeviceOptions = {}): DeviceHandle => {
    need(typeof name === 'string' && name !== '', 'lab.device needs a name');
    const stall = k.driver.model === 'stall' && o.stall !== false;
    const hw = new Hw(name, prq, {
      model: stall ? 'stall' : 'pri',
      credits: o.credits ?? DEFAULT_CREDITS,
      reuseIndex: o.reuseIndex ?? false,
      physical: o.vfOf?.struct.hw ?? null,
    });
    prq.keepsStalls = stall;
    const struct = new Device(name, unit, hw);
    struct.is_virtfn = o.vfOf !== undefined;
    struct.pri_supported = o.pri ?? true;
    if (o.pasidMax !== undefined) struct.pasid_max = o.pasidMax;
    if (unit.devices.length > 0) m.fired.add('second-device');
    unit.devices.push(struct);
    m.roots.push(struct);
    k.driver.probe(k, struct);
    if (o.vfOf !== undefined) struct.pri_enabled = o.vfOf.struct.pri_enabled;
    return {
      name,
      struct,
      access: (a = {}) => device_access(hw, { pasid: 1, addr: DEFAULT_ADDR, ...a }),
      trigger: (a = {}) => {
        const pasid = a.pasid ?? NO_PASID;
        const index = a.index ?? hw.freshIndex();
        const last = a.last ?? true;
        const fault = {
          name: `fault(index ${index}, pasid ${pasid}${last ? ', last' : ''})`,
          pasid,
          pasidValid: pasid !== NO_PASID,
          needsPasid: pasid !== NO_PASID,
          grpid: index,
          last,
          addr: a.addr ?? DEFAULT_ADDR,
          write: false,
          group: hw.freshGroup(),
        };
        return iommufd_test_trigger_iopf(k, struct, fault);
      },
      stopMarker: (a = {}) => device_stop_marker(hw, a.pasid ?? 1, a.index ?? 0),
      remove: () => surprise_removal(hw),
    };
  };
}

/** Make `lab.addressSpace`. */
export function spaceMaker(m: Machine, k: Kernel) {
  return (name: string, o: { faultNs?: number; stalled?: boolean } = {}): SpaceHandle => {
    const struct = new Mm(name);
    struct.vmas = [{ start: SPACE_START, end: SPACE_END, write: true }];
    struct.faultDelayNs = o.faultNs ?? 0;
    struct.stalled = o.stalled ?? false;
    m.roots.push(struct);
    return {
      name,
      struct,
      exit: () => {
        m.fired.add('process-exit');
        return mmput(k, struct);
      },
      serve: () => store(struct, 'stalled', false),
    };
  };
}

/** `lab.driver`: entry points of the IOMMU driver, and of a device driver that behaves. */
export function driverVerbs(m: Machine, k: Kernel) {
  const bonds = new Map<string, AttachHandle>();
  // What tasks of the script share through the lab is part of the machine's state.
  m.extras.set('bonds', bonds);
  const shared = { uid: freshUid() };
  const owners = new Map<number, Mm>();
  m.belongings.push(owners);
  const key = (d: DeviceHandle, pasid: number): string => `${d.name} ${pasid}`;
  function* remember(
    d: DeviceHandle,
    mm: SpaceHandle,
    pasid: number,
    bind: () => Step<AttachHandle | number>,
  ): Gen<AttachHandle | number> {
    const owner = owners.get(pasid);
    if (owner !== undefined && owner !== mm.struct) m.fired.add('pasid-reuse');
    owners.set(pasid, mm.struct);
    const handle = yield* bind();
    m.changes(shared);
    if (typeof handle !== 'number') bonds.set(key(d, pasid), handle);
    return handle;
  }
  const bond = (d: DeviceHandle, pasid: number, given?: unknown): AttachHandle | null => {
    if (typeof given === 'object' && given !== null) return given as AttachHandle;
    m.looks(shared);
    return bonds.get(key(d, pasid)) ?? null;
  };
  return {
    bind: (d: DeviceHandle, mm: SpaceHandle, pasid: number) =>
      verb(
        'bind',
        remember(d, mm, pasid, () => k.ops.iommu_sva_bind_device(k, d.struct, mm.struct, pasid)),
      ),
    unbind: (d: DeviceHandle, pasid: number, handle?: unknown) =>
      k.ops.iommu_sva_unbind_device(k, d.struct, pasid, bond(d, pasid, handle)),
    open: (d: DeviceHandle, mm: SpaceHandle, pasid: number) =>
      verb(
        'open',
        remember(d, mm, pasid, () => idxd_cdev_open(k, d.struct, mm.struct, pasid)),
      ),
    close: (d: DeviceHandle, pasid: number) =>
      idxd_cdev_release(k, d.struct, pasid, bond(d, pasid)),
  };
}
