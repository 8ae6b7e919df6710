// Handing faults to user space before iommufd could: a driver's own queue, of copies while a
// response was matched by its PRG index, of groups since groups are what is pending (in-tree steps,
// 6.9). The consumer is ours; the answer goes through the kernel's own response function.
import { type Gen, modelFile } from '../core/task';
import { invalidate } from '../hardware/invalidation-queue';
import { pasid_entry } from '../hardware/pasid-table';
import { type ListHead, list_add_tail, list_del, list_first } from '../primitives/list';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { wait_event } from '../primitives/wait-queue';
import { xa_alloc, xa_erase } from '../primitives/xarray';
import { responseTo } from './io-pgfault';
import { iommu_attach_handle_get } from './iommu';
import { finish_group } from './iommufd-fault';
import { FAULT_RECORD_BYTES, type FaultObject, RESPONSE_RECORD_BYTES } from './iommufd-objects';
import type { ReadBuffer } from './iommufd-ops';
import type { Kernel, KernelOps, UserFault } from './kernel';
import { AttachHandle, type Device, Domain, EINVAL, type Fault, type IopfGroup } from './objects';

const FILE = 'engine/kernel/fault-queue.ts';
const DEVIATES = 'no upstream twin: a driver that queues faults for user space';

const fn = modelFile(FILE, '', DEVIATES);

const push = fn('user_queue_copy', function* (faults: FaultObject, fault: Fault): Gen<void> {
  yield* mutex_lock(faults.mutex);
  faults.copies.push(fault);
  yield* mutex_unlock(faults.mutex);
});

/** Legacy: the registered fault handler. */
export const user_fault_handler = fn(
  'user_fault_handler',
  function* (_k: Kernel, fault: Fault, dev: Device): Gen<number> {
    yield* push(dev.user_faults as FaultObject, fault);
    return 0;
  },
);

/** Legacy: faults of the device go to `faults` from the next enable on. */
export const legacy_user_attach = fn(
  'user_attach',
  function* (_k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<number> {
    yield* mutex_lock(faults.mutex);
    dev.user_faults = faults;
    yield* mutex_unlock(faults.mutex);
    const domain = (yield* kzalloc('iommu_domain', () => new Domain())) as Domain;
    faults.tables.push(domain.pgd);
    yield* pasid_entry(dev.hw, pasid, { space: domain.pgd, fpd: false });
    return 0;
  },
);

/** Legacy: a drain where the driver has one. */
export const legacy_user_detach = fn(
  'user_detach',
  function* (k: Kernel, dev: Device, pasid: number, _faults: FaultObject): Gen<void> {
    const space = dev.hw.entryOf(pasid)?.space ?? null;
    yield* pasid_entry(dev.hw, pasid, null);
    yield* invalidate(dev.hw, pasid);
    if (k.driver.drain_prq) yield* k.driver.drain_prq(k, dev, pasid);
    if (space !== null) yield* kfree(space.mem);
  },
);

/** Series: the domain's handler copies the pages; the group has done its duty. */
export const user_iopf_handler = fn(
  'user_iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    const domain = yield* load(group, 'domain');
    const faults = (domain as Domain).fault_data as FaultObject;
    for (const page of group.faults.entries()) yield* push(faults, page.fault);
    yield* (k.ops.iopf_free_group as Required<KernelOps>['iopf_free_group'])(k, group);
    return 0;
  },
);

/** In-tree steps and 6.9: the handler keeps the group until user space has answered. */
const user_group_handler = fn(
  'user_group_handler',
  function* (_k: Kernel, group: IopfGroup): Gen<number> {
    const domain = yield* load(group, 'domain');
    const faults = (yield* load(domain, 'fault_data')) as FaultObject;
    yield* mutex_lock(faults.mutex);
    yield* list_add_tail(group.node, faults.deliver);
    yield* mutex_unlock(faults.mutex);
    return 0;
  },
);

function attachWith(handler: typeof user_iopf_handler) {
  return fn(
    'user_attach',
    function* (k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<number> {
      const domain = (yield* kzalloc('iommu_domain', () => new Domain())) as Domain;
      const make = (): AttachHandle => new AttachHandle(domain);
      const handle = (yield* kzalloc('iommu_attach_handle', make)) as AttachHandle;
      domain.iopf_handler = handler;
      domain.fault_data = faults;
      faults.tables.push(domain.pgd);
      const attach = k.ops
        .iommu_attach_device_pasid as Required<KernelOps>['iommu_attach_device_pasid'];
      return yield* attach(k, domain, dev, pasid, handle);
    },
  );
}

/** Series: attach a domain whose handler copies to the user queue. */
export const user_attach = attachWith(user_iopf_handler);
/** In-tree steps and 6.9: attach a domain whose handler queues groups. */
export const user_attach_groups = attachWith(user_group_handler);

/** Detach, which drains where the driver does. */
export const user_detach = fn(
  'user_detach',
  function* (k: Kernel, dev: Device, pasid: number, _faults: FaultObject): Gen<void> {
    const handle = yield* iommu_attach_handle_get(dev, pasid);
    if (typeof handle === 'number') return;
    const domain = yield* load(handle, 'domain');
    const detach = k.ops
      .iommu_detach_device_pasid as Required<KernelOps>['iommu_detach_device_pasid'];
    yield* detach(k, domain, dev, pasid);
    yield* kfree(domain);
    yield* kfree(handle);
  },
);

/** User space reads one fault; sleeps until there is one. */
export const user_read = fn(
  'user_read',
  function* (_k: Kernel, _dev: Device, faults: FaultObject): Gen<UserFault | null> {
    const whole = (): boolean => faults.copies.some((c) => c.last);
    // Copies come and go under the mutex.
    const ready = (): boolean => whole() || faults.closed;
    yield* wait_event(faults.wait_queue, ready, faults, faults.mutex);
    yield* mutex_lock(faults.mutex);
    const at = faults.copies.findIndex((c) => c.last);
    const pages = at < 0 ? [] : faults.copies.splice(0, at + 1);
    yield* mutex_unlock(faults.mutex);
    const fault = pages.at(-1);
    if (fault === undefined) return null;
    const mine = pages.filter((p) => p.grpid === fault.grpid);
    return { name: fault.name, fault, cookie: faults.nextCookie++, pages: mine };
  },
);

/** User space answers: iommu_page_response with what it read. */
export const user_respond = fn(
  'user_respond',
  function* (
    k: Kernel,
    dev: Device,
    _faults: FaultObject,
    answered: UserFault,
    code: number,
  ): Gen<number> {
    const respond = k.ops.iommu_page_response as Required<KernelOps>['iommu_page_response'];
    return yield* respond(k, dev, responseTo(answered.fault, code));
  },
);

/** In-tree steps and 6.9: read one group. */
export const user_read_group = fn(
  'user_read',
  function* (_k: Kernel, _dev: Device, faults: FaultObject): Gen<UserFault | null> {
    const ready = (): boolean => faults.readable || faults.closed;
    yield* wait_event(faults.wait_queue, ready, faults, faults.deliver);
    yield* mutex_lock(faults.mutex);
    const node = yield* list_first(faults.deliver as ListHead<IopfGroup>);
    let read: UserFault | null = null;
    if (node !== null) {
      yield* list_del(node);
      const cookie = yield* xa_alloc(faults.response, node.entry);
      const { fault } = node.entry;
      const pages = node.entry.faults.entries().map((p) => p.fault);
      read = { name: fault.name, fault, cookie, pages };
    }
    yield* mutex_unlock(faults.mutex);
    return read;
  },
);

/** In-tree steps and 6.9: answer a group; a cookie is accepted once. */
export const user_respond_group = fn(
  'user_respond',
  function* (
    k: Kernel,
    _dev: Device,
    faults: FaultObject,
    answered: UserFault,
    code: number,
  ): Gen<number> {
    yield* mutex_lock(faults.mutex);
    const group = yield* xa_erase(faults.response, answered.cookie);
    if (group !== null) yield* finish_group(k, group, code);
    yield* mutex_unlock(faults.mutex);
    return group === null ? -EINVAL : 0;
  },
);

/** 6.11 on: read(2) with room for just the first group. */
export const iommufd_user_read = fn(
  'user_read',
  function* (k: Kernel, _dev: Device, faults: FaultObject): Gen<UserFault | null> {
    const ready = (): boolean => faults.readable || faults.closed;
    yield* wait_event(faults.wait_queue, ready, faults, faults.deliver);
    const room = faults.deliver.entries()[0]?.fault_count ?? 0;
    const buf: ReadBuffer = { bytes: room * FAULT_RECORD_BYTES, records: [] };
    const read = k.ops.iommufd_fault_fops_read as Required<KernelOps>['iommufd_fault_fops_read'];
    const n = yield* read(k, faults, buf);
    const last = buf.records.at(-1);
    if (n <= 0 || last === undefined) return null;
    const pages = buf.records.map((r) => r.fault);
    return { name: last.fault.name, fault: last.fault, cookie: last.cookie, pages };
  },
);

/** 6.11 on: write(2) of one response; 0 or what write gave. */
export const iommufd_user_respond = fn(
  'user_respond',
  function* (
    k: Kernel,
    _dev: Device,
    faults: FaultObject,
    answered: UserFault,
    code: number,
  ): Gen<number> {
    const write = k.ops.iommufd_fault_fops_write as Required<KernelOps>['iommufd_fault_fops_write'];
    const records = [{ cookie: answered.cookie, code }];
    const n = yield* write(k, faults, { bytes: RESPONSE_RECORD_BYTES, records });
    return n === RESPONSE_RECORD_BYTES ? 0 : n;
  },
);
