// What a finding is told with: its shrunk schedule, the orders it needs, and its cause. Findings with
// the same cause are one bug, whatever the schedules that met them.
import type { Machine } from '../core/machine';
import { FewPreemptions } from './fewer';
import { necessaryOrders, type Order, stepText } from './orders';
import type { Program } from './program';
import { type Shrunk, shrink } from './shrink';
import type { FoundFinding } from './tally';
import type { StepName } from './trace';

/** A finding with its explanation. */
export interface Explained extends FoundFinding {
  readonly shrunk: Omit<Shrunk, 'choices'>;
  /** Each as two sentences: this step must come before that one. */
  readonly orders: readonly (readonly [string, string])[];
  /** The same as steps of the shrunk schedule, numbered as its events are. */
  readonly orderSteps: readonly (readonly [number, number])[];
  /** Equal for findings with the same cause: checker, birth of the object, orders. */
  readonly cause: string;
}

/** Names of objects and tasks without their numbers. */
function generic(s: StepName): string {
  const text = `${s.fn}: ${s.kind} ${s.thing}`;
  return text.replace(/#?[0-9]+/g, '');
}

/** The function in which the object of a finding was made, as far as the schedule shows it. */
function birth(found: FoundFinding, steps: readonly StepName[]): string {
  const made = found.finding.related.find((r) => r.label === 'allocated');
  const step = steps.find((s) => s.step === made?.step);
  const sort = found.finding.object.replace(/#?[0-9]+/g, '');
  return step === undefined ? sort : `${sort} from ${step.fn}`;
}

function causeOf(
  found: FoundFinding,
  orders: readonly Order[],
  steps: readonly StepName[],
): string {
  const lines = orders.map((o) => `${generic(o.first)} < ${generic(o.second)}`);
  const unique = [...new Set(lines)].sort();
  return [found.finding.checker, birth(found, steps), ...unique].join(' | ');
}

/** Shrink the schedules of findings, and say why each breaks. Deterministic. */
export function explainAll(
  m: Machine,
  program: Program,
  all: readonly FoundFinding[],
): Explained[] {
  const few = new FewPreemptions(m, program);
  return all.map((found) => explain(m, program, found, few));
}

function explain(
  m: Machine,
  program: Program,
  found: FoundFinding,
  few: FewPreemptions,
): Explained {
  const { choices, ...shrunk } = shrink(m, program, found.finding.identity, found.choices, few);
  const finding = m.findings.find((f) => f.identity === found.finding.identity) ?? found.finding;
  const { orders, steps } = necessaryOrders(m, program, finding, choices);
  return {
    ...found,
    finding,
    choices,
    preemptions: shrunk.preemptions,
    shrunk,
    orders: orders.map((o) => [stepText(o.first), stepText(o.second)] as const),
    orderSteps: orders.map((o) => [o.first.step, o.second.step] as const),
    cause: causeOf({ ...found, finding }, orders, steps),
  };
}
