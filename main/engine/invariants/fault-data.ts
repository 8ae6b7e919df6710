// Invariants of the per-device fault data and its queue: I7, I8, I10, I15.
import type { Checker, Machine } from '../core/machine';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import { Device, FaultParam, IopfQueue } from '../kernel/objects';
import type { Mutex } from '../primitives/mutex';
import type { Refcount } from '../primitives/refcount';
import {
  broken,
  devicesOf,
  inside,
  kernelOf,
  liveGroups,
  looksAtGroups,
  looksAtPublished,
} from './shared';

const DEC = kindId('refcount_dec_and_test');
const FREE = kindId('free');

function published(m: Machine, fp: FaultParam): boolean {
  for (const o of m.objects) if (o instanceof Device && o.iommu?.fault_param === fp) return true;
  return false;
}

/** I7: the count reaches 0 only when nobody can find the object any more. */
function lastPut(m: Machine, t: Task, result: unknown): void {
  const r = t.object as Refcount;
  if (result !== true || !(r.mem instanceof FaultParam)) return;
  looksAtPublished(m);
  if (published(m, r.mem)) {
    broken(m, 'I7', t, r, `${r.name} reaches 0 while ${r.mem.name} is still published`);
  }
}

/** I8: after removal nobody finds the object, and nothing waits in it. */
function removed(m: Machine, t: Task): void {
  const k = kernelOf(m);
  const counted =
    k?.ops.iopf_get_dev_fault_param !== undefined && k.ops.iopf_group_response === undefined;
  looksAtPublished(m);
  for (const o of m.objects) {
    if (!(o instanceof FaultParam)) continue;
    m.looks(o, 'life');
    m.looks(o.queue_list);
    m.looks(o.faults);
    if (o.state !== 0 || !o.queue_list.poisoned) continue;
    if (!counted && published(m, o)) broken(m, 'I8', t, o, `${o.name} is published after removal`);
    const left = o.faults.entries().length;
    if (left > 0 && !counted) broken(m, 'I8', t, o, `${o.name} has ${left} pending after removal`);
  }
}

/** I10: a queue is freed without devices, items, or groups that point at it. */
function queueFreed(m: Machine, t: Task, queue: IopfQueue): void {
  looksAtGroups(m);
  m.looks(queue.devices);
  const left = queue.devices.entries().length;
  if (left > 0) broken(m, 'I10', t, queue, `${queue.name} is freed with ${left} device on it`);
  const user = liveGroups(m).find((g) => g.fault_param?.queue === queue);
  if (user !== undefined) broken(m, 'I10', t, queue, `${user.name} still refers to ${queue.name}`);
}

/** I15: at the end a device without fault data has no reference but the lab's. */
function referencesLeft(m: Machine): void {
  for (const d of devicesOf(m)) {
    const none = d.iommu === null || (d.iommu.fault_param === null && d.iommu.iopf_param === null);
    if (none && d.refs.count > 1) broken(m, 'I15', null, d, `a reference on ${d.name} is left`);
    const param = d.iommu;
    if (param !== null && param.iopf_param === null && param.fault_param?.handler) {
      broken(
        m,
        'I15',
        null,
        d,
        `${d.name} is on no queue, but its fault data and handler are left`,
      );
    }
  }
}

/** I7, I8, I10, I15 */
export function faultDataInvariants(): Checker {
  return {
    name: 'invariants of the fault data',
    kinds: ['refcount_dec_and_test', 'mutex_unlock', 'free'],
    reset() {},
    save: () => null,
    after(m, t, result) {
      if (t.kind === DEC) lastPut(m, t, result);
      else if (t.kind === FREE) {
        if (t.object instanceof IopfQueue) queueFreed(m, t, t.object);
      } else if ((t.object as Mutex).mem instanceof IopfQueue) {
        if (inside(t, 'iopf_queue_remove_device')) removed(m, t);
      }
    },
    end(m) {
      if (kernelOf(m) !== null) referencesLeft(m);
    },
  };
}
