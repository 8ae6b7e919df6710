// Delayed steps: sleep before or after a named step. A step is named as the timeline shows it: the
// function, the op kind and what it touches, for example
//   { in: 'iommu_unregister_device_fault_handler', step: 'free iommu_fault_param' }
import { kindOf } from '../core/finding';
import type { DelayHook, Machine } from '../core/machine';
import { functionOf, type Task } from '../core/task';
import { KINDS } from '../core/vocabulary';
import { Armed, type Knobs } from './knobs';

/** Where to wait, and how long; `in` names the function. */
export interface DelaySpec extends Knobs {
  /** `kind target`, `kind` alone, or empty for every step of the function. */
  readonly step: string;
  readonly when: 'before' | 'after';
  readonly ns: number;
}

/** The name of a task's announced (or just performed) step: `mutex_lock dev_iommu.lock`. */
export function stepName(t: Task): string {
  const kind = KINDS[t.kind]?.name ?? '';
  if (t.object === null) return t.field === null ? kind : `${kind} ${t.field}`;
  const field = t.field === null ? '' : `.${t.field}`;
  return `${kind} ${kindOf(t.object)}${field}`;
}

function applies(spec: DelaySpec, t: Task): boolean {
  if (functionOf(t).name !== spec.in) return false;
  if (spec.step === '') return true;
  const name = stepName(t);
  return name === spec.step || name.startsWith(`${spec.step} `);
}

/** Put delays into a machine; call after `Machine.begin`. */
export function armDelays(m: Machine, specs: readonly DelaySpec[]): void {
  if (specs.length === 0) return;
  const all = specs.map((s) => new Armed(s));
  const find = (t: Task, when: 'before' | 'after'): number => {
    for (const a of all) {
      const { spec } = a;
      if (spec.when !== when || !applies(spec, t)) continue;
      if (!a.fires(m, t, 'delay', `delay ${when} ${stepName(t)}`)) continue;
      if (spec.in === 'irq_thread') m.fired.add('late-irq-thread');
      if (spec.in === 'process_one_work') m.fired.add('stalled-worker');
      return spec.ns;
    }
    return -1;
  };
  const hook: DelayHook = {
    before: (t) => find(t, 'before'),
    after: (t) => find(t, 'after'),
  };
  m.delays = hook;
}
