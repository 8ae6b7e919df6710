// R1: the next bisect point, "Improve iopf_queue_remove_device()": removal cannot fail any more and
// answers what is pending itself (1.B.4).
import { member } from '../core/object';
import { type Gen, modelFile } from '../core/task';
import { CODE_INVALID } from '../hardware/codes';
import { respond } from '../kernel/io-pgfault';
import type { Kernel, KernelOps } from '../kernel/kernel';
import type { DevIommu, Device, FaultEvent, FaultParam, IopfQueue } from '../kernel/objects';
import { type ListHead, list_del, list_first, list_next } from '../primitives/list';
import { kfree, load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { WARN_ON } from '../primitives/printk';
import { rcu_assign_pointer } from '../primitives/rcu';
import { iopf_put_dev_fault_param, refcountStep } from './refcount-step';
import { iopf_free_partials_dangling } from './series-v4';

const fn = modelFile('engine/variants/remove-step.ts', 'drivers/iommu/io-pgfault.c (0095bf83554f)');

const answerPending = fn(
  'iopf_answer_pending',
  function* (k: Kernel, dev: Device, fp: FaultParam): Gen<void> {
    yield* mutex_lock(fp.lock);
    yield* iopf_free_partials_dangling(fp.partial);
    let node = yield* list_first(fp.faults as ListHead<FaultEvent>);
    while (node !== null) {
      const next = yield* list_next(node);
      yield* respond(k, dev, node.entry.fault, CODE_INVALID);
      yield* list_del(node);
      yield* kfree(node.entry);
      node = next;
    }
    yield* mutex_unlock(fp.lock);
  },
  'a helper of ours: upstream writes this out in iopf_queue_remove_device',
);

/**
 * Removal that cannot fail, from this step on: WARN when the device is not on the queue.
 * @param answer what is done with what is pending
 */
export function removalWith(make: typeof fn, answer: typeof answerPending) {
  return make(
    'iopf_queue_remove_device',
    function* (k: Kernel, queue: IopfQueue | null, dev: Device): Gen<number> {
      const param = (yield* load(dev, 'iommu')) as DevIommu;
      yield* mutex_lock((queue as IopfQueue).lock);
      yield* mutex_lock(member(param, 'lock'));
      const fp = yield* load(param, 'fault_param');
      const ours = fp !== null && (yield* load(fp, 'queue')) === queue;
      yield* WARN_ON(!ours, 'removal of a device that is not on this queue');
      if (ours && fp !== null) {
        yield* answer(k, dev, fp);
        yield* list_del(fp.queue_list);
        yield* rcu_assign_pointer(param, 'fault_param', null);
        yield* iopf_put_dev_fault_param(k, fp);
      }
      yield* mutex_unlock(param.lock);
      yield* mutex_unlock((queue as IopfQueue).lock);
      return 0;
    },
  );
}

/** Ops of `remove-step`. */
export const removeStep: KernelOps = {
  ...refcountStep,
  iopf_queue_remove_device: removalWith(fn, answerPending),
};
