// Why a finding comes out: which of the orders in its schedule it needs. Every pair of racing steps is
// turned round and the schedule run again, otherwise as it was; an order is necessary when the finding
// is gone then (`explore.md` section 1, "necessary orders").
import type { Choice } from '../core/choice';
import type { Finding } from '../core/finding';
import type { Machine, Outcome } from '../core/machine';
import { OrderChooser, WhoRuns } from './follow';
import { type Program, runOnce } from './program';
import { ReplayChooser } from './replay';
import { RacingTrace, type StepName } from './trace';

/** The first step must come before the second. */
export interface Order {
  readonly first: StepName;
  readonly second: StepName;
}

/** Pairs that are tried, the latest first: those decide. */
const PAIR_LIMIT = 60;

/** A schedule taken apart. */
interface Taken {
  readonly trace: RacingTrace;
  readonly tasks: readonly number[];
  readonly outcome: Outcome;
}

function take(m: Machine, program: Program, choices: readonly Choice[]): Taken {
  const trace = new RacingTrace();
  const who = new WhoRuns(new ReplayChooser(choices));
  // The step that breaks must be part of the trace.
  m.goesOn = true;
  m.begin(who, null, trace);
  program(m);
  const outcome = m.run();
  trace.settle();
  m.goesOn = false;
  return { trace, tasks: who.tasks, outcome };
}

/** The steps of a schedule, and the orders among them that the finding needs. Deterministic. */
export function necessaryOrders(
  m: Machine,
  program: Program,
  finding: Finding,
  choices: readonly Choice[],
): { orders: Order[]; steps: readonly StepName[] } {
  const { trace, tasks } = take(m, program, choices);
  const { table, steps } = trace;
  let end = 0;
  while (end < table.n && (steps[end] as StepName).step <= finding.step) end++;
  const pairs: [number, number][] = [];
  for (let later = 0; later < end; later++) {
    for (const e of table.races[later] as readonly number[]) pairs.push([e, later]);
  }
  pairs.reverse();
  const answers = choices.filter((c) => c.kind === 1).map((c) => c.value);
  const orders: Order[] = [];
  for (const [e, later] of pairs.slice(0, PAIR_LIMIT)) {
    const before = tasks.slice(0, e);
    const { events, n } = table.reversal(e, later);
    const moved = new Set(events.slice(0, n));
    const v = [...moved].map((k) => tasks[k] as number);
    const rest = tasks.filter((_, k) => k >= e && !moved.has(k));
    runOnce(m, program, new OrderChooser([...before, ...v, ...rest], answers));
    if (m.findings.some((f) => f.identity === finding.identity)) continue;
    orders.push({ first: steps[e] as StepName, second: steps[later] as StepName });
  }
  orders.reverse();
  return { orders, steps };
}

/** `reporter0 in iommu_report_device_fault: load dev_iommu.fault_param` */
export function stepText(s: StepName): string {
  return `${s.task} in ${s.fn}: ${s.kind}${s.thing === '' ? '' : ` ${s.thing}`}`;
}
