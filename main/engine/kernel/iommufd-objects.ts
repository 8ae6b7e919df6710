// The objects user space holds through iommufd: a context, fault objects with a file, hardware page
// tables (HWPT), and per device the lock of its attachments (1.C.8).
import { KObject, objectClass } from '../core/object';
import type { PageTable } from '../hardware/pasid-table';
import { ListHead } from '../primitives/list';
import { mutex } from '../primitives/mutex';
import { Refcount } from '../primitives/refcount';
import { spinlock } from '../primitives/spinlock';
import { WaitQueue } from '../primitives/wait-queue';
import { Work } from '../primitives/workqueue';
import { XArray } from '../primitives/xarray';
import type { Domain, Fault, IopfGroup } from './objects';

const C = {
  ctx: objectClass('iommufd_ctx', 192),
  fault: objectClass('iommufd_fault', 256),
  hwpt: objectClass('iommufd_hw_pagetable', 192),
  group: objectClass('iommufd_group', 128),
};

/** Bytes of one fault record and of one response record. */
export const FAULT_RECORD_BYTES = 40;
export const RESPONSE_RECORD_BYTES = 8;

/** `struct iommufd_ctx`: counted by the open files. */
export class IommufdCtx extends KObject {
  readonly refs = new Refcount(this, 'refs');
  /** Stands for the task work by which fput defers a release. */
  readonly fput_work = new Work(this, 'fput_work');
  constructor(label: string) {
    super(C.ctx, label);
    this.refs.count = 1;
  }
}

/** The part every iommufd object has: who uses it. Short-term users are not modelled. */
abstract class IommufdObject extends KObject {
  readonly users = new Refcount(this, 'obj.users');
  /** Known to user space by an id. */
  finalized = false;
}

/** One fault record in the buffer of a user task. */
export interface UserRecord {
  readonly cookie: number;
  readonly fault: Fault;
  readonly group: IopfGroup;
  /** Bytes of the structure that were never written and still went out (B27d). */
  readonly padding: boolean;
}

/** `struct iommufd_fault`; before 6.11 it stands for a driver's own queue of faults. */
export class FaultObject extends IommufdObject {
  /** FM */
  readonly mutex = mutex(this, 'mutex');
  /** FS */
  readonly lock = spinlock(this, 'lock');
  readonly wait_queue = new WaitQueue(this, 'wait_queue');
  readonly deliver = new ListHead<IopfGroup>(this, 'deliver');
  readonly response = new XArray<IopfGroup>(this, 'response');
  ictx: IommufdCtx | null = null;
  /** References on the file; 0 once it has been closed for good. */
  readonly file = new Refcount(this, 'file');
  /** Before 6.11: faults handed to user space by copies, where no group reaches the handler. */
  readonly copies: Fault[] = [];
  nextCookie = 1;
  /** Page tables of the domains that send faults here: what user space maps pages in. */
  readonly tables: PageTable[] = [];
  /** What the last read(2) gave to user space. */
  lastRead: readonly UserRecord[] = [];
  /** No more faults will come: sleeping readers give up. */
  closed = false;
  constructor(label = '') {
    super(C.fault, label);
    this.users.count = 1;
  }

  /** Is there anything to read? What poll(2) looks at. */
  get readable(): boolean {
    return this.deliver.next !== this.deliver || this.copies.length > 0;
  }
}

/** `struct iommufd_hw_pagetable`: a domain user space made, perhaps with a fault object. */
export class Hwpt extends IommufdObject {
  constructor(
    readonly domain: Domain,
    readonly fault: FaultObject | null,
    label = '',
  ) {
    super(C.hwpt, label);
    this.users.count = 1;
  }
}

/** `struct iommufd_group` and `iommufd_device`, one of each per device here. */
export class IommufdGroup extends KObject {
  /** IG */
  readonly lock = mutex(this, 'lock');
  /** Guards `iopf_enabled`. */
  readonly iopf_lock = mutex(this, 'iopf_lock', 'iommufd_device.iopf_lock');
  /** 6.11 … 6.14: attachments that want faults. */
  iopf_enabled = 0;
  /** HWPT by PASID; 0 is the requester id. */
  readonly hwpts = new XArray<Hwpt>(this, 'hwpts');
  constructor(label: string) {
    super(C.group, label);
  }
}
