// What kernel code sees: its variant's ops table and patch level, the IOMMU driver and the globals.
// Functions are always called through the table (`k.ops.…`), so that a variant, or a script's own
// patch, can replace a single one.
import type { Machine } from '../core/machine';
import type { KObject } from '../core/object';
import type { Step } from '../core/task';
import type { FaultObject } from './iommufd-objects';
import type { IommufdOps } from './iommufd-ops';
import type { Mm } from './mm-objects';
import type {
  AttachHandle,
  Device,
  Domain,
  Fault,
  FaultHandler,
  FaultParam,
  IommuUnit,
  IopfFault,
  IopfGroup,
  IopfHandler,
  IopfQueue,
  PageResponse,
} from './objects';
import { KernelGlobals } from './objects';
import type { PatchLevel } from './patches';

/** Every function a variant may define, in the order of the specification. */
export interface KernelOps extends IommufdOps {
  // io-pgfault.c, legacy part
  iommu_register_device_fault_handler?: (
    k: Kernel,
    dev: Device,
    handler: FaultHandler,
    data: Device,
  ) => Step<number>;
  iommu_unregister_device_fault_handler?: (k: Kernel, dev: Device) => Step<number>;
  iommu_queue_iopf?: FaultHandler;
  /** The worker of the legacy core. */
  iopf_handle_group?: (k: Kernel, group: IopfGroup) => Step<void>;
  // io-pgfault.c
  iommu_report_device_fault: (k: Kernel, dev: Device, fault: Fault) => Step<number>;
  iommu_page_response?: (k: Kernel, dev: Device, msg: PageResponse) => Step<number>;
  iopf_group_response?: (k: Kernel, group: IopfGroup, code: number) => Step<number>;
  iopf_group_dequeue?: (k: Kernel, group: IopfGroup) => Step<void>;
  iopf_free_group?: (k: Kernel, group: IopfGroup) => Step<void>;
  iopf_get_dev_fault_param?: (k: Kernel, dev: Device) => Step<FaultParam | null>;
  iopf_put_dev_fault_param?: (k: Kernel, fp: FaultParam) => Step<void>;
  iopf_queue_flush_dev: (k: Kernel, dev: Device, pasid: number) => Step<number>;
  iopf_queue_discard_partial: (k: Kernel, queue: IopfQueue | null) => Step<number>;
  iopf_queue_add_device: (k: Kernel, queue: IopfQueue, dev: Device) => Step<number>;
  iopf_queue_remove_device: (k: Kernel, queue: IopfQueue | null, dev: Device) => Step<number>;
  iopf_queue_alloc: (k: Kernel, name: string) => Step<IopfQueue | null>;
  iopf_queue_free: (k: Kernel, queue: IopfQueue | null) => Step<void>;
  // iommu-sva.c
  iommu_sva_iopf_handler?: IopfHandler;
  iommu_sva_bind_device: (
    k: Kernel,
    dev: Device,
    mm: Mm,
    pasid: number,
  ) => Step<AttachHandle | number>;
  iommu_sva_unbind_device: (
    k: Kernel,
    dev: Device,
    pasid: number,
    handle: AttachHandle | null,
  ) => Step<void>;
  // iommu.c, 6.2 on
  iommu_attach_device_pasid?: (
    k: Kernel,
    domain: Domain,
    dev: Device | null,
    pasid: number,
    handle: AttachHandle,
  ) => Step<number>;
  iommu_detach_device_pasid?: (
    k: Kernel,
    domain: Domain,
    dev: Device | null,
    pasid: number,
  ) => Step<void>;
  // iommu.c, 6.11 on
  iommu_attach_handle_get?: (
    dev: Device,
    pasid: number,
    type?: string,
  ) => Step<AttachHandle | number>;
  iommu_attach_group_handle?: (
    k: Kernel,
    domain: Domain,
    dev: Device,
    handle: AttachHandle,
  ) => Step<number>;
  iommu_detach_group_handle?: (k: Kernel, dev: Device) => Step<void>;
  iommu_replace_group_handle?: (
    k: Kernel,
    dev: Device,
    domain: Domain | null,
    handle: AttachHandle,
  ) => Step<number>;
  iommu_replace_device_pasid?: (
    k: Kernel,
    dev: Device,
    domain: Domain,
    pasid: number,
    handle: AttachHandle,
  ) => Step<number>;
  // pci/ats.c
  pci_enable_pri: (dev: Device, requests?: number) => Step<number>;
  pci_reset_pri: (dev: Device) => Step<number>;
  /** Before 6.11: a driver's own consumer that hands faults to user space. */
  user_attach: (k: Kernel, dev: Device, pasid: number, faults: FaultObject) => Step<number>;
  user_detach: (k: Kernel, dev: Device, pasid: number, faults: FaultObject) => Step<void>;
  user_fault_handler?: FaultHandler;
  user_read: (k: Kernel, dev: Device, faults: FaultObject) => Step<UserFault | null>;
  user_respond: (
    k: Kernel,
    dev: Device,
    faults: FaultObject,
    fault: UserFault,
    code: number,
  ) => Step<number>;
  /** One set per IOMMU driver. */
  drivers: Readonly<Record<string, DriverOps>>;
}

/** A fault as user space holds it after reading. */
export interface UserFault {
  readonly name: string;
  /** The last page; `pages` holds all that were read with it. */
  readonly fault: Fault;
  readonly cookie: number;
  readonly pages: readonly Fault[];
}

/** What an IOMMU driver provides. */
export interface DriverOps {
  /** How its devices raise faults. */
  readonly model: 'pri' | 'stall';
  /** Does detaching a PASID drain the ring and flush the work queue? */
  readonly drains: boolean;
  /** Selftest: attach, replace and detach exclude reporting (2026 on). */
  readonly excludesReports?: boolean;
  /** Does `iopf_refcount` follow the attached domains (6.16)? */
  readonly counts?: boolean;
  /** The device's first contact with its driver: what it can do, and what is switched on. */
  probe: (k: Kernel, dev: Device) => void;
  /** Its last: everything that is still on goes. */
  release_device?: (k: Kernel, dev: Device) => Step<void>;
  enable_iopf: (k: Kernel, dev: Device) => Step<number>;
  disable_iopf: (k: Kernel, dev: Device) => Step<number>;
  /** Answer the hardware. Null: the driver cannot answer page requests. */
  page_response:
    | ((
        k: Kernel,
        dev: Device,
        fault: Fault,
        code: number,
        group: number,
        abort?: boolean,
      ) => Step<number>)
    | null;
  /** Up to 6.1: SVA belongs to the driver. */
  sva_bind?: (k: Kernel, dev: Device, mm: Mm, pasid: number) => Step<number>;
  sva_unbind?: (k: Kernel, dev: Device, pasid: number) => Step<void>;
  /** An SVA domain comes and goes with what the driver needs of the mm. */
  domain_alloc_sva?: (k: Kernel, domain: Domain, mm: Mm) => Step<void>;
  domain_free_sva?: (k: Kernel, domain: Domain, mm: Mm) => Step<void>;
  /** Program a PASID entry; `old` is what it replaces. The caller holds the group mutex. */
  set_dev_pasid?: (
    k: Kernel,
    dev: Device,
    pasid: number,
    domain: Domain,
    old: Domain | null,
  ) => Step<number>;
  /** Tear a PASID entry down, and drain where the driver does. */
  remove_dev_pasid?: (k: Kernel, dev: Device, pasid: number, domain: Domain) => Step<void>;
  /** Attach a domain to the requester id; null is the blocking domain. */
  attach_dev: (k: Kernel, dev: Device, domain: Domain | null) => Step<number>;
  drain_prq?: (k: Kernel, dev: Device, pasid: number) => Step<void>;
  /** One pass over the ring. */
  irq_thread: (k: Kernel, unit: IommuUnit) => Step<void>;
  /** Switch a unit off: ring, interrupt, queue. */
  finish_unit?: (k: Kernel, unit: IommuUnit) => Step<void>;
}

/** One kernel in one machine. */
export class Kernel {
  readonly globals = new KernelGlobals();
  readonly units: IommuUnit[] = [];
  /** The IOMMU driver of the machine. */
  readonly driver: DriverOps;
  constructor(
    machine: Machine,
    readonly variant: string,
    /** The variant's table; a copy of it once a function has been replaced. */
    public ops: KernelOps,
    readonly level: PatchLevel,
    readonly driverName: string,
  ) {
    machine.roots.push(this.globals);
    const d = ops.drivers[driverName];
    if (d === undefined) throw new Error(`variant ${variant} has no driver ${driverName}`);
    this.driver = d;
  }

  /** Replace one function of the table in this machine only. */
  replace(name: string, fn: unknown): void {
    // A table of its own every time: who puts a world back puts its table back.
    this.ops = { ...this.ops, [name]: fn };
  }
}

/** Pages of a group as kernel code walks them. */
export type PageEntry = (IopfFault | IopfGroup) & KObject;
