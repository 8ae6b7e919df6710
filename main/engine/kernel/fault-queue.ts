// Handing faults to user space before iommufd could: a driver's own queue of copies. The consumer
// is ours; the answer goes through iommu_page_response, as every driver's did.
import { type Gen, modelFile } from '../core/task';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { wait_event } from '../primitives/wait-queue';
import { responseTo } from './io-pgfault';
import { iommu_attach_device_pasid, iommu_detach_device_pasid } from './iommu';
import type { Kernel, UserFault } from './kernel';
import { type Device, Domain, type Fault, type FaultObject, type IopfGroup } from './objects';

const FILE = 'engine/kernel/fault-queue.ts';
const DEVIATES = 'no upstream twin: a driver that queues copies of faults for user space';

const fn = modelFile(FILE, '', DEVIATES);

const push = fn('user_queue_copy', function* (faults: FaultObject, fault: Fault): Gen<void> {
  yield* mutex_lock(faults.mutex);
  if (fault.last) {
    faults.copies.push(fault);
    faults.unread++;
  }
  yield* mutex_unlock(faults.mutex);
});

/** Legacy: the registered fault handler. Non-last pages are counted by their last one. */
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
  function* (_k: Kernel, dev: Device, _pasid: number, faults: FaultObject): Gen<Domain | null> {
    yield* mutex_lock(faults.mutex);
    dev.user_faults = faults;
    yield* mutex_unlock(faults.mutex);
    return null;
  },
);

/** Legacy: a drain where the driver has one. */
export const legacy_user_detach = fn(
  'user_detach',
  function* (k: Kernel, dev: Device, pasid: number, _faults: FaultObject): Gen<void> {
    if (k.driver.drain_prq) yield* k.driver.drain_prq(k, dev, pasid);
  },
);

/** Series: the domain's handler copies the fault; the group has done its duty. */
export const user_iopf_handler = fn(
  'user_iopf_handler',
  function* (k: Kernel, group: IopfGroup): Gen<number> {
    const domain = yield* load(group, 'domain');
    yield* push((domain as Domain).fault_data as FaultObject, group.fault);
    const free = k.ops.iopf_free_group as NonNullable<typeof k.ops.iopf_free_group>;
    yield* free(k, group);
    return 0;
  },
);

/** Series: attach a domain whose handler is the user queue. */
export const user_attach = fn(
  'user_attach',
  function* (_k: Kernel, dev: Device, pasid: number, faults: FaultObject): Gen<Domain> {
    const domain = (yield* kzalloc('iommu_domain', () => new Domain())) as Domain;
    domain.iopf_handler = user_iopf_handler;
    domain.fault_data = faults;
    yield* iommu_attach_device_pasid(domain, dev, pasid);
    return domain;
  },
);

/** Series: detach, which drains where the driver does. */
export const user_detach = fn(
  'user_detach',
  function* (k: Kernel, dev: Device, pasid: number, _faults: FaultObject): Gen<void> {
    const handle = yield* iommu_detach_device_pasid(k, dev, pasid);
    if (handle !== null) yield* kfree(yield* load(handle, 'domain'));
    yield* kfree(handle);
  },
);

/** User space reads one fault; sleeps until there is one. */
export const user_read = fn(
  'user_read',
  function* (_k: Kernel, _dev: Device, faults: FaultObject): Gen<UserFault | null> {
    yield* wait_event(faults.wait_queue, () => faults.unread > 0 || faults.closed);
    yield* mutex_lock(faults.mutex);
    const fault = faults.copies.shift();
    if (fault !== undefined) faults.unread--;
    yield* mutex_unlock(faults.mutex);
    if (fault === undefined) return null;
    return { name: fault.name, fault, cookie: faults.nextCookie++ };
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
    const respond = k.ops.iommu_page_response as NonNullable<typeof k.ops.iommu_page_response>;
    return yield* respond(k, dev, responseTo(answered.fault, code));
  },
);
