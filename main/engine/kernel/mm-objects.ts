// mm_struct as the I/O page fault path knows it, and the PASID data that hangs off it.
import { KObject, objectClass } from '../core/object';
import type { Step } from '../core/task';
import { PageTable } from '../hardware/pasid-table';
import { ListHead, ListNode } from '../primitives/list';
import { Refcount } from '../primitives/refcount';
import { rwsem } from '../primitives/rwsem';
import type { Kernel } from './kernel';
import type { Domain } from './objects';

const C = {
  mm: objectClass('mm_struct', 1024),
  iommuMm: objectClass('iommu_mm_data', 32),
};

/** A callback that wants to hear of the end of an address space. */
export interface MmuNotifier {
  readonly name: string;
  readonly release: (k: Kernel, mm: Mm) => Step<void>;
}

/** `struct iommu_mm_data`: the PASID of an mm and the SVA domains made for it. */
export class IommuMm extends KObject {
  readonly sva_domains = new ListHead<Domain>(this, 'sva_domains');
  /** On the global list of address spaces in use (B32a). */
  readonly mm_list_elm = new ListNode<IommuMm>(this, 'mm_list_elm');
  constructor(readonly pasid: number) {
    super(C.iommuMm);
  }
}

/** `struct mm_struct`. `mm_users` keeps the pages, `mm_count` the structure. */
export class Mm extends KObject {
  readonly mmap_lock = rwsem(this, 'mmap_lock');
  readonly mm_users = new Refcount(this, 'mm_users');
  readonly mm_count = new Refcount(this, 'mm_count');
  readonly pgd = new PageTable(this);
  /** Mapped ranges: first address, end address (exclusive), writable. */
  vmas: { start: number; end: number; write: boolean }[] = [];
  notifiers: MmuNotifier[] = [];
  iommu_mm: IommuMm | null = null;
  /** Injected: how long a fault takes, ns; 0 for one that resolves at once. */
  faultDelayNs = 0;
  /** Injected: a userfaultfd range whose server has not answered yet. */
  stalled = false;
  constructor(label: string) {
    super(C.mm, label);
    this.mm_users.count = 1;
    this.mm_count.count = 1;
  }
}
