// The part of the ops table that iommufd adds in 6.11 (1.C.8).
import type { Step } from '../core/task';
import type { FaultObject, Hwpt, IommufdCtx, UserRecord } from './iommufd-objects';
import type { Kernel } from './kernel';
import type { AttachHandle, Device, IopfHandler } from './objects';

/** The buffer of a user task that reads: `bytes` long, filled with records. */
export interface ReadBuffer {
  readonly bytes: number;
  /** What the user holds valid: as many records as the returned byte count says. */
  readonly records: UserRecord[];
  /** File position; anything but 0 is refused. */
  readonly position?: number;
}

/** What a user task writes. */
export interface WriteBuffer {
  readonly bytes: number;
  readonly records: readonly { readonly cookie: number; readonly code: number }[];
  readonly position?: number;
}

/** Functions of drivers/iommu/iommufd. */
export interface IommufdOps {
  iommufd_fault_iopf_handler?: IopfHandler;
  iommufd_fault_fops_read?: (k: Kernel, f: FaultObject, buf: ReadBuffer) => Step<number>;
  iommufd_fault_fops_write?: (k: Kernel, f: FaultObject, buf: WriteBuffer) => Step<number>;
  iommufd_fault_fops_poll?: (k: Kernel, f: FaultObject) => Step<string>;
  iommufd_fault_fops_release?: (k: Kernel, f: FaultObject) => Step<void>;
  iommufd_fault_alloc?: (k: Kernel, ctx: IommufdCtx, name: string) => Step<FaultObject | number>;
  iommufd_hwpt_alloc?: (
    k: Kernel,
    fault: FaultObject | null,
    name: string,
    nested: boolean,
  ) => Step<Hwpt | number>;
  iommufd_destroy?: (k: Kernel, object: FaultObject | Hwpt) => Step<number>;
  iommufd_auto_response_faults?: (k: Kernel, hwpt: Hwpt, handle: AttachHandle | null) => Step<void>;
  iommufd_hwpt_attach_device?: (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number) => Step<number>;
  iommufd_hwpt_detach_device?: (k: Kernel, dev: Device, pasid: number) => Step<void>;
  iommufd_hwpt_replace_device?: (k: Kernel, dev: Device, hwpt: Hwpt, pasid: number) => Step<number>;
}
