// Allocation failure, with the knobs of the kernel's fault-injection framework (failslab). An
// armed point is a choice: an exhaustive search tries both outcomes.
import type { Machine } from '../core/machine';
import { current, functionOf, type Task } from '../core/task';
import { allocationPolicy } from '../primitives/memory';

/** Which allocations may fail. */
export interface AllocFailureSpec {
  /** Structure allocated, as splats name it; empty for any. */
  readonly object: string;
  /** Function that allocates; empty for any. */
  readonly in: string;
  /** Only in this task; empty for any. */
  readonly task: string;
  /** At most this many failures. */
  readonly times: number;
  /** Let this many matching allocations succeed first. */
  readonly space: number;
  /** 100: the first ones always fail. Anything else makes each one a choice. */
  readonly probability: number;
}

interface Armed {
  readonly spec: AllocFailureSpec;
  fired: number;
  skipped: number;
}

const KEY = 'alloc-failure';

/** Put allocation failures into a machine; call after `Machine.begin`. */
export function armAllocFailures(m: Machine, specs: readonly AllocFailureSpec[]): void {
  if (specs.length > 0)
    m.extras.set(
      KEY,
      specs.map((spec) => ({ spec, fired: 0, skipped: 0 })),
    );
}

allocationPolicy.fails = (what: string, t: Task): boolean => {
  const m = current.machine;
  if (m.extras.size === 0) return false;
  const armed = m.extras.get(KEY) as Armed[] | undefined;
  if (armed === undefined || m.settingUp) return false;
  for (const a of armed) {
    const { spec } = a;
    if (spec.object !== '' && spec.object !== what) continue;
    if (spec.in !== '' && spec.in !== functionOf(t).name) continue;
    if (spec.task !== '' && spec.task !== t.name) continue;
    if (a.fired >= spec.times) continue;
    if (a.skipped < spec.space) {
      a.skipped++;
      continue;
    }
    const label = `failslab ${what} in ${functionOf(t).name}`;
    if (spec.probability < 100 && m.chooser.pickFault(2, label) === 0) continue;
    a.fired++;
    m.log.push({ step: m.step, level: 'fault', text: `FAULT_INJECTION: ${label}` });
    return true;
  }
  return false;
};
