// What the monitors share: the kernel of a machine, its devices, and how a broken invariant reads.
import { report } from '../core/finding';
import type { Machine } from '../core/machine';
import type { Thing } from '../core/object';
import { functionOf, type Task } from '../core/task';
import type { Kernel } from '../kernel/kernel';
import { Device, GROUPS, IopfGroup } from '../kernel/objects';

/** The kernel of a machine; null in a world without one. */
export function kernelOf(m: Machine): Kernel | null {
  return (m.extras.get('kernel') as Kernel | undefined) ?? null;
}

/** Every device there ever was. */
export function devicesOf(m: Machine): Device[] {
  return m.objects.filter((o): o is Device => o instanceof Device);
}

/** Groups that have not been freed. */
export function liveGroups(m: Machine): IopfGroup[] {
  return m.objects.filter((o): o is IopfGroup => o instanceof IopfGroup && o.state === 0);
}

/** A monitor reads a group and what it points at: part of the step that it judges. */
export function looksAtGroups(m: Machine): void {
  if (m.observer === null) return;
  m.looks(GROUPS);
  for (const o of m.objects) {
    if (!(o instanceof IopfGroup)) continue;
    m.looks(o, 'life');
    m.looks(o);
    if (o.fault_param !== null) m.looks(o.fault_param, 'queue');
  }
}

/** A monitor reads which fault data is published. */
export function looksAtPublished(m: Machine): void {
  if (m.observer === null) return;
  for (const d of devicesOf(m)) {
    m.looks(d, 'iommu');
    if (d.iommu !== null) m.looks(d.iommu, 'fault_param');
  }
}

/** The device a group came from. */
export function deviceOfGroup(g: IopfGroup): Device | null {
  return g.fault_param?.dev ?? g.dev;
}

/** Report a broken invariant. */
export function broken(
  m: Machine,
  id: string,
  t: Task | null,
  thing: Thing | null,
  text: string,
): void {
  const where = t === null ? '' : functionOf(t).name;
  report(m, {
    checker: `invariant ${id}`,
    severity: 'warning',
    title: `invariant ${id} does not hold${where === '' ? '' : ` in ${where}`}`,
    message: `${id}: ${text}`,
    identity: `invariant|${id}|${where}`,
    at: t,
    thing,
    where,
  });
}

/** Is the task inside a function of this name? */
export function inside(t: Task, name: string): boolean {
  for (let d = t.depth; d >= 0; d--) if (t.frames[d]?.name === name) return true;
  return false;
}
