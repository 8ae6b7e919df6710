// The structures of the I/O page fault path, with the fields and locks of `kernel-iopf.md` 0.2 and
// section 1. A structure holds the fields of every variant; a variant uses those it has.
import { COUNT } from '../core/modes';
import { KObject, objectClass, seen } from '../core/object';
import { current, type Step, type Task } from '../core/task';
import type { Hw } from '../hardware/device';
import type { PageRequestQueue } from '../hardware/page-request-queue';
import { PageTable } from '../hardware/pasid-table';
import { Completion } from '../primitives/completion';
import { ListHead, ListNode } from '../primitives/list';
import { mutex } from '../primitives/mutex';
import { Refcount } from '../primitives/refcount';
import { rwsem } from '../primitives/rwsem';
import { spinlock } from '../primitives/spinlock';
import { Work, Workqueue } from '../primitives/workqueue';
import { XArray } from '../primitives/xarray';
import { type FaultObject, IommufdGroup } from './iommufd-objects';
import type { Kernel } from './kernel';
import type { IommuMm, Mm, MmuNotifier } from './mm-objects';

export const EINVAL = 22;
export const ENOMEM = 12;
export const EBUSY = 16;
export const ENODEV = 19;
export const EOPNOTSUPP = 95;
export const ENOENT = 2;
export const EFAULT = 14;
export const ESPIPE = 29;
export const EOVERFLOW = 75;
export const ENOSPC = 28;

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
  /** An unrecoverable DMA fault (up to 6.8), which the page fault path refuses. */
  readonly unrecoverable?: boolean;
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
  global: objectClass('kernel', 0),
  devPasid: objectClass('dev_pasid_info', 48),
  svm: objectClass('intel_svm', 96),
  svmDev: objectClass('intel_svm_dev', 96),
  masterDomain: objectClass('arm_smmu_master_domain', 48),
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

/** Stands for the groups there are in footprints: who looks at all of them sees that there are none, too. */
export const GROUPS = { uid: -4e12 };

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
    current.machine.changes(GROUPS, '', COUNT);
  }
}

/** Fields of a group that nobody else has yet were set; monitors look at every group there is. */
export function filled(group: IopfGroup): void {
  current.machine.changes(group);
}

/** What a domain translates with. */
export type DomainType = 'sva' | 'paging' | 'nested';

/** `struct iommu_domain`. */
export class Domain extends KObject {
  iopf_handler: IopfHandler | null = null;
  mm: Mm | null = null;
  /** Where user-space faults of this domain go. */
  fault_data: FaultObject | null = null;
  /** The page table of its own; an SVA domain walks that of its mm. */
  readonly pgd = new PageTable(this);
  /** SVA: bonds that use it. */
  readonly users = new Refcount(this, 'users');
  /** On `iommu_mm.sva_domains`. */
  readonly next = new ListNode<Domain>(this, 'next');
  /** VT-d: hears of the end of the mm. */
  notifier: MmuNotifier | null = null;
  /** VT-d: guards `dev_pasids`, taken with interrupts off. */
  readonly lock = spinlock(this, 'lock');
  readonly dev_pasids = new ListHead<DevPasid>(this, 'dev_pasids');
  constructor(
    readonly type: DomainType = 'paging',
    label = '',
  ) {
    super(C.domain, label);
  }

  /** The page table that hardware walks for this domain. */
  get space(): PageTable {
    return this.mm?.pgd ?? this.pgd;
  }
}

/** VT-d `struct dev_pasid_info`: one attached PASID of a domain. */
export class DevPasid extends KObject {
  readonly link_domain = new ListNode<DevPasid>(this, 'link_domain');
  constructor(
    readonly dev: Device,
    readonly pasid: number,
  ) {
    super(C.devPasid);
  }
}

/** `struct arm_smmu_master_domain`: one attached domain of a stream. */
export class MasterDomain extends KObject {
  using_iopf = false;
  constructor(
    readonly domain: Domain,
    readonly pasid: number,
  ) {
    super(C.masterDomain);
  }
}

/** `struct intel_svm`, up to 6.1. */
export class IntelSvm extends KObject {
  readonly devs = new ListHead<IntelSvmDev>(this, 'devs');
  constructor(
    readonly mm: Mm,
    readonly pasid: number,
  ) {
    super(C.svm);
  }
}

/** `struct intel_svm_dev`, up to 6.1. */
export class IntelSvmDev extends KObject {
  readonly list = new ListNode<IntelSvmDev>(this, 'list');
  users = 1;
  constructor(readonly dev: Device) {
    super(C.svmDev);
  }
}

/** `struct iommu_attach_handle` (6.11 on). */
export class AttachHandle extends KObject {
  domain: Domain;
  /** `iommu_sva`: bonds share the handle and are counted. */
  readonly users = new Refcount(this, 'users');
  dev: Device | null = null;
  /** `iommufd_attach_handle`: the device as user space knows it. */
  idev: Device | null = null;
  constructor(domain: Domain) {
    super(C.handle);
    this.domain = domain;
  }
}

/** `struct iommu_group` with its PASID array. */
export class IommuGroup extends KObject {
  readonly mutex = mutex(this, 'mutex');
  readonly xa_lock = spinlock(this, 'pasid_array.xa_lock');
  readonly pasid_array = new XArray<AttachHandle>(this, 'pasid_array');
  constructor(label: string) {
    super(C.iommuGroup, label);
  }
}

/** PASIDs a device can use. */
const PASID_MAX = 1 << 20;

/** `struct device` with what the IOMMU layer and its driver know of it. */
export class Device extends KObject {
  /** Gone once the device has been released. */
  iommu: DevIommu | null;
  readonly group: IommuGroup;
  readonly iommufd: IommufdGroup;
  readonly refs = new Refcount(this, 'refs');
  pri_supported = true;
  pri_enabled = false;
  pasid_enabled = true;
  ats_enabled = true;
  pasid_max = PASID_MAX;
  /** The driver walks PASID tables that user space owns. */
  user_pasid_table = false;
  is_virtfn = false;
  /** VT-d: page-request-enable bit of the context entry. */
  pre = false;
  /** 6.16 on: attached domains that take faults; guarded by the group mutex. */
  iopf_refcount = 0;
  /** Domain of the requester id; null is the blocking domain. */
  rid_domain: Domain | null = null;
  /** SMMUv3: SVA bonds, and domains attached to the stream. */
  bonds = 0;
  master_domains: MasterDomain[] = [];
  /** iommufd mock: reporting against attaching (2026). */
  readonly report_lock = rwsem(this, 'report_lock');
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
    this.iommufd = new IommufdGroup(`${label}.iommufd`);
    this.refs.count = 1;
  }
}

/** One IOMMU: its ring, its IOPF queue, its locks. */
export class IommuUnit extends KObject {
  iopf_queue: IopfQueue | null = null;
  readonly prq_complete = new Completion(this, 'prq_complete');
  /** R: `intel_iommu.iopf_lock` (6.9 on). */
  readonly iopf_lock = mutex(this, 'iopf_lock');
  /** Guards the PASID tables. */
  readonly lock = spinlock(this, 'lock');
  /** ST */
  readonly streams_mutex = mutex(this, 'streams_mutex');
  /** Probed devices; VT-d keeps them in a tree by requester id. */
  devices: Device[] = [];
  /** The interrupt thread. */
  irq: Task | null = null;
  constructor(
    label: string,
    readonly prq: PageRequestQueue,
  ) {
    super(C.unit, label);
  }
}

/** The probed device behind a request. */
export function deviceOf(unit: IommuUnit, hw: Hw): Device | null {
  current.machine.looks(unit, 'devices');
  return seen(unit.devices.find((d) => d.hw === hw) ?? null);
}

/** The kernel's global variables. */
export class KernelGlobals extends KObject {
  /** S */
  readonly sva_lock = mutex(this, 'sva_lock', 'iommu_sva_lock');
  /** P, up to 6.1 */
  readonly pasid_mutex = mutex(this, 'pasid_mutex', 'pasid_mutex');
  /** PASID to mm: what the worker looks up before 6.2, and who owns a PASID. */
  readonly pasids = new XArray<Mm>(this, 'pasids');
  /** Address spaces with SVA domains. */
  readonly sva_mms = new ListHead<IommuMm>(this, 'sva_mms');
  /** Where fput defers the release of a file to. */
  readonly delayed_fput = new Workqueue('delayed_fput');
  /** VT-d up to 6.1: PASID to svm. */
  readonly svms = new XArray<IntelSvm>(this, 'svms');
  constructor() {
    super(C.global, 'kernel');
  }
}
