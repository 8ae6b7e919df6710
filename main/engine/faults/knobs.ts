// The knobs of the kernel's fault-injection framework, shared by every injected fault. An armed
// point that may or may not fire is a choice: an exhaustive search tries both outcomes.
import { ANYTHING } from '../core/footprint';
import type { Machine } from '../core/machine';
import { current, freshUid, functionOf, type Task } from '../core/task';

/** When a fault fires. */
export interface Knobs {
  /** Only in this function; empty for any. */
  readonly in: string;
  /** Only in the task of this name; empty for any. */
  readonly task: string;
  /** At most this many times. */
  readonly times: number;
  /** Let this many matching steps pass first. */
  readonly space: number;
  /** From then on only every n-th matching step. */
  readonly interval: number;
  /** 100: fires for certain. Anything else makes each matching step a choice. */
  readonly probability: number;
  /** A predicate on the task's step; it must only read simulated state. */
  readonly where: ((step: { task: string; fn: string }) => boolean) | null;
}

/** Fires once, for certain, anywhere. */
export const DEFAULT_KNOBS: Knobs = {
  in: '',
  task: '',
  times: 1,
  space: 0,
  interval: 1,
  probability: 100,
  where: null,
};

/** A fault put into one machine. */
export class Armed<S extends Knobs> {
  private fired = 0;
  private matched = 0;
  readonly uid = freshUid();
  constructor(readonly spec: S) {
    current.machine.belongings.push(this);
  }

  /**
   * Does it fire at the step that task `t` performs?
   * @param point name of the fault point
   * @param label what exactly would fail, for the log and the choice
   */
  fires(m: Machine, t: Task, point: string, label: string): boolean {
    const { spec } = this;
    if (m.settingUp) return false;
    const fn = functionOf(t).name;
    if (spec.in !== '' && spec.in !== fn) return false;
    if (spec.task !== '' && spec.task !== t.name) return false;
    // That it has fired as often as it may is something that the step has looked at.
    if (this.fired >= spec.times) {
      m.looks(this);
      return false;
    }
    if (spec.where !== null) m.looks(ANYTHING);
    if (spec.where !== null && !spec.where({ task: t.name, fn })) return false;
    m.changes(this);
    const n = this.matched++;
    if (n < spec.space || (n - spec.space) % spec.interval !== 0) return false;
    const text = `${label} in ${fn}`;
    if (m.withheld.has(m.step)) {
      // It is used up all the same: it must not fire at the next place instead.
      this.fired++;
      return false;
    }
    if (spec.probability < 100 && m.chooser.pickFault(2, text) === 0) return false;
    this.fired++;
    m.fired.add(point);
    m.log.push({ step: m.step, level: 'fault', text: `FAULT_INJECTION: ${text}` });
    return true;
  }
}

/** The faults of one kind that are armed in a machine; empty when there are none. */
export function armedOf<S extends Knobs>(m: Machine, key: string): readonly Armed<S>[] {
  if (m.extras.size === 0) return [];
  return (m.extras.get(key) as readonly Armed<S>[] | undefined) ?? [];
}

/** Put one more fault into a machine that runs. */
export function armMore<S extends Knobs>(m: Machine, key: string, spec: S): void {
  m.changes(ANYTHING);
  m.extras.set(key, [...armedOf(m, key), new Armed(spec)]);
}

/** Put faults into a machine; call after `Machine.begin`. */
export function arm<S extends Knobs>(m: Machine, key: string, specs: readonly S[]): void {
  if (specs.length === 0) return;
  m.extras.set(
    key,
    specs.map((s) => new Armed(s)),
  );
}
