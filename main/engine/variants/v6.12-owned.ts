// K612O: 6.12.114 and later. A handler takes a group off the pending list before it publishes it,
// and is from then on the only one to answer and free it (1.C.2).
import { type Gen, modelFile } from '../core/task';
import { CODE_SUCCESS } from '../hardware/codes';
import { respond } from '../kernel/io-pgfault';
import type { Kernel, KernelOps } from '../kernel/kernel';
import type { FaultParam, IopfGroup } from '../kernel/objects';
import { list_del_init } from '../primitives/list';
import { load } from '../primitives/memory';
import { mutex_lock, mutex_unlock } from '../primitives/mutex';
import { responder } from './v6.9';
import { v6_12_leakfix } from './v6.12-leakfix';

const fn = modelFile('engine/variants/v6.12-owned.ts', 'drivers/iommu/io-pgfault.c (v6.12.117)');

/** 1.C.2: answers whether the group is pending or not. */
export const iopf_group_response = fn(
  'iopf_group_response',
  function* (k: Kernel, group: IopfGroup, code: number): Gen<number> {
    const fp = (yield* load(group, 'fault_param')) as FaultParam;
    yield* mutex_lock(fp.lock);
    const dev = yield* responder(fp);
    yield* respond(k, dev, group.fault, code, code !== CODE_SUCCESS);
    yield* list_del_init(group.pending_node);
    yield* mutex_unlock(fp.lock);
    return 0;
  },
);

/** 1.C.2: the caller becomes the group's owner. */
export const iopf_group_dequeue = fn(
  'iopf_group_dequeue',
  function* (_k: Kernel, group: IopfGroup): Gen<void> {
    const fp = (yield* load(group, 'fault_param')) as FaultParam;
    yield* mutex_lock(fp.lock);
    yield* list_del_init(group.pending_node);
    yield* mutex_unlock(fp.lock);
  },
);

/** Ops of `v6.12-owned`. */
export const v6_12_owned: KernelOps = {
  ...v6_12_leakfix,
  iopf_group_response,
  iopf_group_dequeue,
};
