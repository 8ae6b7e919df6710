// User space as scripts hold it: fault queues with their file, hardware page tables, and attaching
// devices to them through iommufd.
import {
  CODE_FAILURE,
  CODE_INVALID,
  CODE_SUCCESS,
  current,
  Domain,
  FaultObject,
  type Gen,
  Hwpt,
  IommufdCtx,
  iommufd_fault_iopf_handler,
  type Kernel,
  type KernelOps,
  type Machine,
  NO_PASID,
  page_map,
  type Step,
  type UserFault,
  verb,
} from '../engine/api';
import type { DeviceHandle } from './lab-devices';
import { need } from './lab-shared';

const CODES: Readonly<Record<string, number>> = {
  success: CODE_SUCCESS,
  invalid: CODE_INVALID,
  failure: CODE_FAILURE,
};
const RECORD = 40;
const RESPONSE = 8;

function codeOf(text: string): number {
  const code = CODES[text];
  need(code !== undefined, `a response is success, invalid or failure, not "${text}"`);
  return code as number;
}

/** What read(2) gave. */
export interface ReadResult {
  /** Bytes, or a negative error number. */
  readonly bytes: number;
  readonly records: readonly { readonly cookie: number; readonly padding: boolean }[];
}

/** A queue of faults for user space, as scripts hold it. */
export interface QueueHandle {
  readonly name: string;
  readonly struct: FaultObject;
  readFault(device: DeviceHandle): Step<UserFault | null>;
  respond(device: DeviceHandle, fault: UserFault, code?: string): Step<number>;
  read(options?: { records?: number; bytes?: number; position?: number }): Step<ReadResult>;
  write(
    responses: readonly { cookie: number; code?: string }[],
    options?: { bytes?: number; position?: number },
  ): Step<number>;
  poll(): Step<string>;
  closeFd(): Step<void>;
  close(): void;
}

/** A hardware page table, as scripts hold it. */
export interface HwptHandle {
  readonly name: string;
  readonly struct: Hwpt;
}

function op<N extends keyof KernelOps>(k: Kernel, name: N): NonNullable<KernelOps[N]> {
  const f = k.ops[name];
  need(f !== undefined, `variant ${k.variant} has no function "${name}"`);
  return f as NonNullable<KernelOps[N]>;
}

/** A well-behaved user makes the pages present before it says so. */
function* mapPages(queue: FaultObject, fault: UserFault): Gen<void> {
  for (const table of queue.tables) {
    current.machine.looks(table.mem, 'life');
    if (table.mem.state !== 0) continue;
    for (const page of fault.pages) yield* page_map(table, page.addr, 1);
  }
}

/** Make `lab.faultQueue`. */
export function queueMaker(m: Machine, k: Kernel) {
  return (name: string): QueueHandle => {
    const struct = new FaultObject(name);
    struct.ictx = new IommufdCtx(`${name}.ictx`);
    struct.ictx.refs.count = 2;
    struct.users.count = 2;
    struct.file.count = 1;
    struct.finalized = true;
    m.roots.push(struct);
    const answeredBy = new Map<number, string>();
    m.belongings.push(answeredBy);
    function* respond(d: DeviceHandle, fault: UserFault, code: number): Gen<number> {
      const by = answeredBy.get(fault.cookie);
      if (by !== undefined && by !== current.task.name) m.fired.add('concurrent-responses');
      answeredBy.set(fault.cookie, current.task.name);
      if (code === CODE_SUCCESS) yield* mapPages(struct, fault);
      return yield* k.ops.user_respond(k, d.struct, struct, fault, code);
    }
    function* read(bytes: number, position: number): Gen<ReadResult> {
      const buf = { bytes, records: [], position };
      const n = yield* op(k, 'iommufd_fault_fops_read')(k, struct, buf);
      return { bytes: n, records: buf.records };
    }
    return {
      name,
      struct,
      readFault: (d) => k.ops.user_read(k, d.struct, struct),
      respond: (d, fault, code = 'success') => verb('respond', respond(d, fault, codeOf(code))),
      read: (o = {}) => verb('read', read(o.bytes ?? (o.records ?? 64) * RECORD, o.position ?? 0)),
      write(responses, o = {}) {
        const records = responses.map((r) => ({
          cookie: r.cookie,
          code: codeOf(r.code ?? 'success'),
        }));
        const bytes = o.bytes ?? records.length * RESPONSE;
        const buf = { bytes, records, position: o.position ?? 0 };
        return op(k, 'iommufd_fault_fops_write')(k, struct, buf);
      },
      poll: () => op(k, 'iommufd_fault_fops_poll')(k, struct),
      closeFd() {
        m.fired.add('fault-fd-closed');
        return op(k, 'iommufd_fault_fops_release')(k, struct);
      },
      close: () => {
        struct.closed = true;
        m.changes(struct, 'closed');
      },
    };
  };
}

/** `lab.iommufd`: HWPTs and attachments. */
export function iommufdVerbs(m: Machine, k: Kernel) {
  return {
    hwpt(name: string, queue: QueueHandle | null = null, o: { nested?: boolean } = {}): HwptHandle {
      op(k, 'iommufd_hwpt_alloc');
      const domain = new Domain(o.nested ? 'nested' : 'paging', `${name}.domain`);
      const struct = new Hwpt(domain, queue?.struct ?? null, name);
      struct.finalized = true;
      if (queue !== null) {
        domain.iopf_handler = k.ops.iommufd_fault_iopf_handler ?? iommufd_fault_iopf_handler;
        domain.fault_data = queue.struct;
        queue.struct.tables.push(domain.pgd);
        queue.struct.users.count++;
      }
      m.roots.push(struct);
      return { name, struct };
    },
    attach: (d: DeviceHandle, h: HwptHandle, pasid = NO_PASID) =>
      op(k, 'iommufd_hwpt_attach_device')(k, d.struct, h.struct, pasid),
    detach: (d: DeviceHandle, pasid = NO_PASID) =>
      op(k, 'iommufd_hwpt_detach_device')(k, d.struct, pasid),
    replace: (d: DeviceHandle, h: HwptHandle, pasid = NO_PASID) =>
      op(k, 'iommufd_hwpt_replace_device')(k, d.struct, h.struct, pasid),
    destroy: (object: HwptHandle | QueueHandle) => op(k, 'iommufd_destroy')(k, object.struct),
    allocFault(name: string) {
      const ctx = new IommufdCtx(`${name}.ictx`);
      m.roots.push(ctx);
      return op(k, 'iommufd_fault_alloc')(k, ctx, name);
    },
  };
}
