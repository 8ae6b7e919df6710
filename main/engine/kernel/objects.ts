// The structures of the I/O page fault path, with the fields and locks of `kernel-iopf.md` 0.2 and
// section 1. A structure holds the fields of every variant; a variant uses those it has.
import { KObject, objectClass } from '../core/object';
import type { Step } from '../core/task';
import type { Hw } from '../hardware/device';
import type { PageRequestQueue } from '../hardware/page-request-queue';
import { Completion } from '../primitives/completion';
import { ListHead, ListNode } from '../primitives/list';
import { mutex } from '../primitives/mutex';
import { Refcount } from '../primitives/refcount';
import { rwsem } from '../primitives/rwsem';
import { spinlock } from '../primitives/spinlock';
import { WaitQueue } from '../primitives/wait-queue';
import { Work, Workqueue } from '../primitives/workqueue';
import type { Kernel } from './kernel';

export const EINVAL = 22;
export const ENOMEM = 12;
export const EBUSY = 16;
export const ENODEV = 19;
export const EOPNOTSUPP = 95;
export const ENOENT = 2;

/** `struct iommu_fault` of type PAGE_REQ, with its `prm` flattened. */
export interface Fault {
  readonly name: string;
  readonly pasid: number;
  readonly pasidValid: boolean;
  readonly needsPasid: boolean;
  /** `grpid`: the PRG index, or the stall tag. */
  readonly grpid: number;
  readonly last: boolean;
  readonly addr: number;
  readonly write: boolean;
  /** Which group of the device this is; known to the lab, invisible to kernel code. */
  readonly group: number;
}

/** `struct iommu_page_response`. */
export interface PageResponse {
  readonly name: string;
  readonly pasid: number;
  readonly pasidValid: boolean;
  readonly grpid: number;
  readonly code: number;
  /** The group the sender means; invisible to kernel code. */
  readonly group: number;
}

const C = {
  device: objectClass('device', 768),
  devIommu: objectClass('dev_iommu', 96),
  faultParam: objectClass('iommu_fault_param', 192),
  deviceParam: objectClass('iopf_device_param', 64),
  queue: objectClass('iopf_queue', 96),
  event: objectClass('iommu_fault_event', 88),
  page: objectClass('iopf_fault', 80),
  group: objectClass('iopf_group', 192),
  unit: objectClass('iommu', 1024),
  domain: objectClass('iommu_domain', 128),
  handle: objectClass('iommu_attach_handle', 32),
  iommuGroup: objectClass('iommu_group', 256),
  mm: objectClass('mm_struct', 1024),
  global: objectClass('kernel', 0),
  faultObject: objectClass('iommufd_fault', 256),
};

/** `struct iopf_queue`, one per IOMMU unit. */
export class IopfQueue extends KObject {
  wq: Workqueue;
  readonly lock = mutex(this, 'lock');
  readonly devices = new ListHead<FaultParam | IopfDeviceParam>(this, 'devices');
  constructor(label: string) {
    super(C.queue);
    this.wq = new Workqueue(label);
  }
}

/** `struct dev_iommu`: owns the pointers to the fault data. */
export class DevIommu extends KObject {
  readonly lock = mutex(this, 'lock');
  fault_param: FaultParam | null = null;
  /** Legacy only. */
  iopf_param: IopfDeviceParam | null = null;
  constructor(label: string) {
    super(C.devIommu, label);
  }
}

/** Legacy fault handler: `iommu_dev_fault_handler_t`. */
export type FaultHandler = (k: Kernel, fault: Fault, data: Device) => Step<number>;
/** Domain fault handler of the series and later: `domain->iopf_handler`. */
export type IopfHandler = (k: Kernel, group: IopfGroup) => Step<number>;

/** `struct iommu_fault_param`: the per-device fault data this project is about. */
export class FaultParam extends KObject {
  readonly lock = mutex(this, 'lock');
  handler: FaultHandler | null = null;
  data: Device | null = null;
  /** Pending: records (up to the in-tree steps) or groups (6.9 on). */
  readonly faults = new ListHead<FaultEvent | IopfGroup>(this, 'faults');
  readonly partial = new ListHead<IopfFault>(this, 'partial');
  dev: Device | null = null;
  queue: IopfQueue | null = null;
  readonly queue_list = new ListNode<FaultParam>(this, 'queue_list');
  /** series-v5: a plain integer under the device lock. */
  users = 0;
  /** 6.9 on. */
  readonly refs = new Refcount(this, 'users');
  constructor() {
    super(C.faultParam);
  }
}

/** `struct iopf_device_param`, legacy only. */
export class IopfDeviceParam extends KObject {
  dev: Device;
  queue: IopfQueue;
  readonly queue_list = new ListNode<IopfDeviceParam>(this, 'queue_list');
  readonly partial = new ListHead<IopfFault>(this, 'partial');
  constructor(dev: Device, queue: IopfQueue) {
    super(C.deviceParam);
    this.dev = dev;
    this.queue = queue;
  }
}

/** The pending record of a last-page request (legacy and series). */
export class FaultEvent extends KObject {
  readonly list = new ListNode<FaultEvent>(this, 'list');
  constructor(readonly fault: Fault) {
    super(C.event);
  }
}

/** `struct iopf_fault`: one page of a group. */
export class IopfFault extends KObject {
  readonly list = new ListNode<IopfFault>(this, 'list');
  constructor(readonly fault: Fault) {
    super(C.page);
  }
}

/**
 * `struct iopf_group`. `last_fault` is its first member, so the group itself is the entry of its
 * last page on `faults`.
 */
export class IopfGroup extends KObject {
  readonly list = new ListNode<IopfGroup>(this, 'last_fault.list');
  readonly faults = new ListHead<IopfFault | IopfGroup>(this, 'faults');
  readonly work = new Work(this, 'work');
  readonly pending_node = new ListNode<IopfGroup>(this, 'pending_node');
  /** For the handler's own use. */
  readonly node = new ListNode<IopfGroup>(this, 'node');
  dev: Device | null = null;
  domain: Domain | null = null;
  attach_handle: AttachHandle | null = null;
  fault_param: FaultParam | null = null;
  fault_count = 0;
  cookie = 0;
  constructor(readonly fault: Fault) {
    super(C.group);
  }
}

/** What an address space is to the fault path. */
export class Mm extends KObject {
  readonly mmap_lock = rwsem(this, 'mmap_lock');
  readonly mm_users = new Refcount(this, 'mm_users');
  /** Mapped ranges: first address, end address (exclusive), writable. */
  vmas: { start: number; end: number; write: boolean }[] = [];
  /** Injected: how long a fault takes, ns; 0 for one that resolves at once. */
  faultDelayNs = 0;
  pasid = 0;
  constructor(label: string) {
    super(C.mm, label);
  }
}

/** `struct iommu_domain`. */
export class Domain extends KObject {
  iopf_handler: IopfHandler | null = null;
  mm: Mm | null = null;
  fault_data: FaultObject | null = null;
  constructor(label = '') {
    super(C.domain, label);
  }
}

/** `struct iommu_attach_handle` (6.11 on). */
export class AttachHandle extends KObject {
  domain: Domain;
  constructor(domain: Domain) {
    super(C.handle);
    this.domain = domain;
  }
}

/** `struct iommu_group` with its PASID array. */
export class IommuGroup extends KObject {
  readonly mutex = mutex(this, 'mutex');
  readonly xa_lock = spinlock(this, 'pasid_array.xa_lock');
  readonly pasids = new Map<number, AttachHandle>();
  constructor(label: string) {
    super(C.iommuGroup, label);
  }
}

/** What stands for an iommufd fault object, and for a driver queue of faults before 6.11. */
export class FaultObject extends KObject {
  /** FM */
  readonly mutex = mutex(this, 'mutex');
  /** FS */
  readonly lock = spinlock(this, 'lock');
  readonly wait_queue = new WaitQueue(this, 'wait_queue');
  readonly deliver = new ListHead<IopfGroup>(this, 'deliver');
  readonly response = new Map<number, IopfGroup>();
  /** Faults handed to user space by copies, where no group reaches the handler (legacy). */
  readonly copies: Fault[] = [];
  /** Groups or copies that came in and were not read yet. */
  unread = 0;
  nextCookie = 1;
  /** No more faults will come: sleeping readers give up. */
  closed = false;
  constructor(label = '') {
    super(C.faultObject, label);
  }
}

/** `struct device` with what the IOMMU layer knows of it. */
export class Device extends KObject {
  readonly iommu: DevIommu;
  readonly group: IommuGroup;
  readonly refs = new Refcount(this, 'refs');
  pri_enabled = false;
  iopf_enabled = false;
  /** Where faults of this device go when user space handles them (before 6.11). */
  user_faults: FaultObject | null = null;
  constructor(
    label: string,
    readonly unit: IommuUnit,
    readonly hw: Hw,
  ) {
    super(C.device, label);
    this.iommu = new DevIommu(`${label}.iommu`);
    this.group = new IommuGroup(`${label}.group`);
    this.refs.count = 1;
  }
}

/** One IOMMU: its ring, its IOPF queue, its locks. */
export class IommuUnit extends KObject {
  iopf_queue: IopfQueue | null = null;
  readonly prq_complete = new Completion(this, 'prq_complete');
  /** R: `intel_iommu.iopf_lock` (6.9 on). */
  readonly iopf_lock = mutex(this, 'iopf_lock');
  /** ST */
  readonly streams_mutex = mutex(this, 'streams_mutex');
  readonly devices: Device[] = [];
  constructor(
    label: string,
    readonly prq: PageRequestQueue,
  ) {
    super(C.unit, label);
  }
}

/** The kernel's global variables. */
export class KernelGlobals extends KObject {
  /** S */
  readonly sva_lock = mutex(this, 'sva_lock', 'iommu_sva_lock');
  /** PASID to mm, legacy. */
  readonly pasid_mm = new Map<number, Mm>();
  constructor() {
    super(C.global, 'kernel');
  }
}
