// K69: released 6.9 and 6.10. Groups are what is pending, and they carry the reference (1.C.1 to
// 1.C.3, 1.C.5).
import { type Gen, modelFile } from '../core/task';
import { CODE_FAILURE, CODE_INVALID } from '../hardware/codes';
import { smmu612 } from '../kernel/arm-smmu-v3';
import { intel69 } from '../kernel/intel-ops';
import { iopf_collect_partial, respond } from '../kernel/io-pgfault';
import { iommu_attach_handle_get } from '../kernel/iommu';
import type { Kernel, KernelOps } from '../kernel/kernel';
import {
  type Device,
  ENOMEM,
  type Fault,
  type FaultParam,
  filled,
  IopfFault,
  IopfGroup,
} from '../kernel/objects';
import { plain612 } from '../kernel/plain-driver';
import {
  type ListHead,
  list_add,
  list_del_init,
  list_empty,
  list_first,
  list_next,
} from '../primitives/list';
import { kfree, kzalloc, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { pr_warn, WARN_ON } from '../primitives/printk';
import {
  __iopf_free_group,
  iopf_get_dev_fault_param,
  iopf_put_dev_fault_param,
  refcountStep,
} from './refcount-step';
import { removalWith } from './remove-step';
import { iopf_free_partials_dangling } from './series-v4';

const FILE = 'engine/variants/v6.9.ts';
const fn = modelFile(FILE, 'drivers/iommu/io-pgfault.c (v6.10)');

/** 1.C.2 */
export const report_partial_fault = fn(
  'report_partial_fault',
  function* (fp: FaultParam, fault: Fault): Gen<number> {
    const page = yield* kzalloc('iopf_fault', () => new IopfFault(fault));
    if (page === null) return -ENOMEM;
    yield* mutex_lock(fp.lock);
    yield* list_add(page.list, fp.partial);
    yield* mutex_unlock(fp.lock);
    return 0;
  },
);

/** 1.C.2: on an allocation failure a group on the caller's stack stands in. */
export const iopf_group_alloc = fn(
  'iopf_group_alloc',
  function* (fp: FaultParam, fault: Fault): Gen<IopfGroup> {
    let group = yield* kzalloc('iopf_group', () => new IopfGroup(fault));
    if (group === null) {
      group = new IopfGroup(fault);
      group.onStack = true;
    }
    group.fault_param = fp;
    filled(group);
    yield* list_add(group.list, group.faults as ListHead<IopfGroup>);
    yield* mutex_lock(fp.lock);
    group.fault_count = yield* iopf_collect_partial(fp.partial, group);
    yield* list_add(group.pending_node, fp.faults as ListHead<IopfGroup>);
    yield* mutex_unlock(fp.lock);
    return group;
  },
);

/** 1.C.2: answers only a group that is still pending. */
const iopf_group_response = fn(
  'iopf_group_response',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<number> {
    const fp = (yield* load(group, 'fault_param')) as FaultParam;
    yield* mutex_lock(fp.lock);
    if (!(yield* list_empty(group.pending_node))) {
      const dev = yield* responder(fp);
      yield* respond(k, dev, group.fault, code, code === CODE_FAILURE);
      yield* list_del_init(group.pending_node);
    }
    yield* mutex_unlock(fp.lock);
    return 0;
  },
);

/** The device to answer; its driver ops are reached through `dev->iommu`, which release frees. */
export const responder = fn(
  'dev_iommu_ops',
  function* (fp: FaultParam): Gen<Device> {
    const dev = (yield* load(fp, 'dev')) as Device;
    yield* load(yield* load(dev, 'iommu'), 'lock');
    return dev;
  },
  'dev->iommu is only looked at, not followed',
);

/** Answer FAILURE, free the parts; the group itself unless it is on the stack. */
export const abort_group = fn(
  'iopf_abort_group',
  function* (k: Kernel, group: IopfGroup): Gen<void> {
    yield* pr_warn('iopf aborted');
    const answer = k.ops.iopf_group_response as Required<KernelOps>['iopf_group_response'];
    yield* answer(k, group, CODE_FAILURE);
    yield* __iopf_free_group(k, group);
    if (!group.onStack) yield* kfree(group);
  },
  'a helper of ours: the end of iommu_report_device_fault',
);

/** 1.C.3; before 6.10.7 a non-last page falls through (B16). */
const iommu_report_device_fault = fn(
  'iommu_report_device_fault',
  function* (k: Kernel, dev: Device, fault: Fault): Gen<number> {
    const fp = yield* iopf_get_dev_fault_param(k, dev);
    yield* WARN_ON(fp === null, 'page fault reported without fault data');
    if (fp === null) return 0;
    if (!fault.last) {
      yield* report_partial_fault(fp, fault);
      yield* iopf_put_dev_fault_param(k, fp);
      if (k.level['restore-lost-return']) return 0;
    }
    const group = yield* iopf_group_alloc(fp, fault);
    if (!group.onStack) {
      const handle = yield* iommu_attach_handle_get(dev, fault.pasid);
      const domain = typeof handle === 'number' ? null : yield* load(handle, 'domain');
      const handler = domain === null ? null : yield* load(domain, 'iopf_handler');
      if (handler === null) yield* pr_warn(`iopf from pasid ${fault.pasid} without a handler`);
      else {
        group.domain = domain;
        filled(group);
        if ((yield* handler(k, group)) === 0) return 0;
      }
    }
    yield* abort_group(k, group);
    return 0;
  },
  'the domain is found through the attach handle that the lab keeps in every variant',
);

/**
 * 1.C.5: cannot fail; answers what is pending, leaves the freed partial list dangling.
 * @param frees does removal also free the groups it answers (the "leak fix")?
 */
export function removal(frees: boolean) {
  const answerPending = fn(
    'iopf_answer_pending',
    function* (k: Kernel, dev: Device, fp: FaultParam): Gen<void> {
      yield* mutex_lock(fp.lock);
      yield* iopf_free_partials_dangling(fp.partial);
      let node = yield* list_first(fp.faults as ListHead<IopfGroup>);
      while (node !== null) {
        const next = yield* list_next(node);
        const group = node.entry;
        yield* respond(k, dev, group.fault, CODE_INVALID);
        yield* list_del_init(node);
        if (frees)
          yield* (k.ops.iopf_free_group as Required<KernelOps>['iopf_free_group'])(k, group);
        node = next;
      }
      yield* mutex_unlock(fp.lock);
    },
    'a helper of ours: upstream writes this out in iopf_queue_remove_device',
  );
  return removalWith(fn, answerPending);
}

/** Ops of `v6.9`. */
export const v6_9: KernelOps = {
  ...refcountStep,
  iommu_report_device_fault,
  iopf_group_response,
  iopf_queue_remove_device: removal(false),
  drivers: { 'vt-d': intel69, smmuv3: smmu612, plain: plain612 },
};
