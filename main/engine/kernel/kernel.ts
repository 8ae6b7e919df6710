// What kernel code sees: its variant's ops table, the IOMMU driver and the globals. Functions are
// always called through the table (`k.ops.…`), so that a variant, or a script's own patch, can
// replace a single one.
import type { Machine } from '../core/machine';
import type { KObject } from '../core/object';
import type { Step } from '../core/task';
import type {
  Device,
  Domain,
  Fault,
  FaultHandler,
  FaultObject,
  FaultParam,
  IommuUnit,
  IopfFault,
  IopfGroup,
  IopfQueue,
  Mm,
  PageResponse,
} from './objects';
import { KernelGlobals } from './objects';

/** Every function a variant may define, in the order of the specification. */
export interface KernelOps {
  // io-pgfault.c, legacy part
  iommu_register_device_fault_handler?: (
    k: Kernel,
    dev: Device,
    handler: FaultHandler,
    data: Device,
  ) => Step<number>;
  iommu_unregister_device_fault_handler?: (k: Kernel, dev: Device) => Step<number>;
  iommu_queue_iopf?: FaultHandler;
  // io-pgfault.c
  iommu_report_device_fault: (k: Kernel, dev: Device, fault: Fault) => Step<number>;
  iommu_page_response?: (k: Kernel, dev: Device, msg: PageResponse) => Step<number>;
  iopf_group_response?: (k: Kernel, group: IopfGroup, code: number) => Step<number>;
  iopf_free_group?: (k: Kernel, group: IopfGroup) => Step<void>;
  iopf_get_dev_fault_param?: (k: Kernel, dev: Device) => Step<FaultParam | null>;
  iopf_put_dev_fault_param?: (k: Kernel, fp: FaultParam) => Step<void>;
  iopf_queue_flush_dev: (k: Kernel, dev: Device, pasid: number) => Step<number>;
  iopf_queue_discard_partial: (k: Kernel, queue: IopfQueue | null) => Step<number>;
  iopf_queue_add_device: (k: Kernel, queue: IopfQueue, dev: Device) => Step<number>;
  iopf_queue_remove_device: (k: Kernel, queue: IopfQueue, dev: Device) => Step<number>;
  iopf_queue_alloc: (k: Kernel, name: string) => Step<IopfQueue | null>;
  iopf_queue_free: (k: Kernel, queue: IopfQueue | null) => Step<void>;
  // iommu-sva.c
  iommu_sva_iopf_handler?: (k: Kernel, group: IopfGroup) => Step<number>;
  iommu_sva_bind_device: (k: Kernel, dev: Device, mm: Mm, pasid: number) => Step<Domain | null>;
  iommu_sva_unbind_device: (k: Kernel, dev: Device, pasid: number) => Step<void>;
  // a consumer that hands faults to user space
  user_attach: (k: Kernel, dev: Device, pasid: number, faults: FaultObject) => Step<Domain | null>;
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
  // driver entry points for enabling and disabling, one set per IOMMU driver
  drivers: Readonly<Record<string, DriverOps>>;
}

/** A fault as user space holds it after reading. */
export interface UserFault {
  readonly name: string;
  readonly fault: Fault;
  readonly cookie: number;
}

/** What an IOMMU driver provides. */
export interface DriverOps {
  /** How its devices raise faults. */
  readonly model: 'pri' | 'stall';
  /** Does detaching a PASID drain the ring and flush the work queue? */
  readonly drains: boolean;
  probe: (k: Kernel, dev: Device) => void;
  enable_iopf: (k: Kernel, dev: Device) => Step<number>;
  disable_iopf: (k: Kernel, dev: Device) => Step<number>;
  page_response: (
    k: Kernel,
    dev: Device,
    fault: Fault,
    code: number,
    group: number,
    abort?: boolean,
  ) => Step<number>;
  drain_prq?: (k: Kernel, dev: Device, pasid: number) => Step<void>;
  /** One pass over the ring. */
  irq_thread: (k: Kernel, unit: IommuUnit) => Step<void>;
}

/** One kernel in one machine. */
export class Kernel {
  readonly globals = new KernelGlobals();
  readonly units: IommuUnit[] = [];
  constructor(
    machine: Machine,
    readonly variant: string,
    readonly ops: KernelOps,
    readonly driverName: string,
  ) {
    machine.roots.push(this.globals);
  }

  /** The IOMMU driver of the machine. */
  get driver(): DriverOps {
    const d = this.ops.drivers[this.driverName];
    if (d === undefined)
      throw new Error(`variant ${this.variant} has no driver ${this.driverName}`);
    return d;
  }
}

/** Pages of a group as kernel code walks them. */
export type PageEntry = (IopfFault | IopfGroup) & KObject;
