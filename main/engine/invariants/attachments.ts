// Invariants of attachments: I11, I12, I13.
import type { Checker, Machine } from '../core/machine';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import type { Kernel } from '../kernel/kernel';
import { AttachHandle, type Device, IommuGroup } from '../kernel/objects';
import type { Mutex } from '../primitives/mutex';
import {
  broken,
  deviceOfGroup,
  devicesOf,
  inside,
  kernelOf,
  liveGroups,
  looksAtGroups,
} from './shared';

const FREE = kindId('free');

/** I11: once a PASID is detached, no work of it is queued or running; where the driver drains. */
function detached(m: Machine, t: Task, dev: Device): void {
  looksAtGroups(m);
  m.looks(dev.group.pasid_array);
  for (const g of liveGroups(m)) {
    if (deviceOfGroup(g) !== dev || g.work.fn === null) continue;
    if (dev.group.pasid_array.slots.has(g.fault.pasid)) continue;
    broken(m, 'I11', t, g, `${g.name} of PASID ${g.fault.pasid} is not finished after its detach`);
  }
}

/** I12: a handle is freed when no group refers to it; where somebody waits for that. */
function handleFreed(m: Machine, t: Task, k: Kernel, handle: AttachHandle): void {
  if (!k.driver.drains && handle.idev === null) return;
  looksAtGroups(m);
  const g = liveGroups(m).find((x) => x.attach_handle === handle);
  if (g !== undefined) broken(m, 'I12', t, handle, `${g.name} still refers to ${handle.name}`);
}

/** I13: the count is the number of attached domains that take faults. */
function counted(m: Machine, t: Task, k: Kernel, dev: Device): void {
  if (k.driver.model !== dev.hw.options.model) return;
  m.looks(dev.group.pasid_array);
  m.looks(dev, 'iopf_refcount');
  let domains = 0;
  for (const [, handle] of dev.group.pasid_array.slots) {
    const domain = handle?.domain ?? null;
    if (domain === null || domain.iopf_handler === null) continue;
    if (domain.type === 'sva' && !dev.pri_supported) continue;
    domains++;
  }
  if (domains === dev.iopf_refcount) return;
  const text = `${dev.name}.iopf_refcount is ${dev.iopf_refcount} with ${domains} domains attached`;
  broken(m, 'I13', t, dev, text);
}

/** I11, I12, I13 */
export function attachmentInvariants(): Checker {
  return {
    name: 'invariants of attachments',
    kinds: ['mutex_unlock', 'free'],
    reset() {},
    save: () => null,
    after(m, t) {
      const k = kernelOf(m);
      if (k === null) return;
      if (t.kind === FREE) {
        if (t.object instanceof AttachHandle) handleFreed(m, t, k, t.object);
        return;
      }
      const group = (t.object as Mutex).mem;
      if (!(group instanceof IommuGroup)) return;
      const dev = devicesOf(m).find((d) => d.group === group);
      if (dev === undefined) return;
      if (k.driver.drains && inside(t, 'iommu_detach_device_pasid')) detached(m, t, dev);
      if (k.driver.counts) counted(m, t, k, dev);
    },
  };
}
