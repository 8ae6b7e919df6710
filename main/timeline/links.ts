// Causes and effects: which earlier event made this one possible or wrong. Walked with `[` and `]`,
// drawn as arrows, exported as flows.
import type { FindingShape, FlowShape, RunColumns } from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';

interface Open {
  readonly event: number;
  readonly kind: string;
}

/** What a later op of one kind on the same thing answers to. */
const PAIRS: Readonly<Record<string, readonly string[]>> = {
  mutex_lock: ['mutex_unlock'],
  mutex_wake: ['mutex_unlock'],
  spin_lock: ['spin_unlock'],
  mutex_unlock: ['mutex_lock'],
  spin_unlock: ['spin_lock'],
  up_read: ['down_read'],
  refcount_dec_and_test: ['refcount_inc_not_zero', 'refcount_set', 'refcount_inc'],
  rcu_free: ['kfree_rcu'],
  wait_for_completion: ['complete'],
  free: ['alloc'],
};

/** Flows of a run: lock hand-over, get and put, alloc and free, queue and start, request, response. */
export function flowsOf(run: RunColumns): FlowShape[] {
  const flows: FlowShape[] = [];
  const last = new Map<string, Open>();
  const queued = new Map<string, number>();
  let enqueued: number[] = [];
  const requests = new Map<string, number>();
  for (let i = 0; i < run.events; i++) {
    const kind = KINDS[run.kind[i] as number]?.name ?? '';
    const thing = run.thing[i] as number;
    const value = run.strings[run.value[i] as number] ?? '';
    for (const earlier of PAIRS[kind] ?? []) {
      const from = last.get(`${thing}|${earlier}`);
      if (from === undefined) continue;
      flows.push({ from: from.event + 1, to: i + 1, kind: `${earlier} → ${kind}` });
      break;
    }
    if (kind === 'queue_work') queued.set(value, i);
    if (kind === 'work_start') {
      const from = queued.get(run.things[thing - 1]?.name ?? '');
      if (from !== undefined) flows.push({ from: from + 1, to: i + 1, kind: 'queue → start' });
    }
    if (kind === 'page_request') requests.set(`${thing}|${value.split(' ')[1]}`, i);
    if (kind === 'page_response') {
      const from = requests.get(`${thing}|${value.split(' ')[1]}`);
      if (from !== undefined) flows.push({ from: from + 1, to: i + 1, kind: 'request → response' });
    }
    if (kind === 'prq_enqueue') enqueued.push(i);
    if (kind === 'ring_wait') {
      for (const e of enqueued) flows.push({ from: e + 1, to: i + 1, kind: 'ring → thread' });
      enqueued = [];
    }
    if (kind === 'wait_response') {
      const from = last.get(`${thing}|page_response`);
      if (from) flows.push({ from: from.event + 1, to: i + 1, kind: 'response → device' });
    }
    last.set(`${thing}|${kind}`, { event: i, kind });
  }
  return flows;
}

/** Links of findings: the access to the free, the free to the allocation. */
export function findingFlows(findings: readonly FindingShape[]): FlowShape[] {
  return findings.flatMap((f) => {
    const steps = f.related.filter((r) => r.step > 0).sort((a, b) => b.step - a.step);
    const out: FlowShape[] = [];
    let to = f.step;
    for (const r of steps) {
      if (r.step < to) out.push({ from: r.step, to, kind: r.label });
      to = r.step;
    }
    return out;
  });
}

/** Where `[` leads from `step`: the finding's cause first, else the flow that ends here. */
export function causeOf(flows: readonly FlowShape[], run: RunColumns, step: number): number {
  const direct = flows.filter((f) => f.to === step);
  if (direct.length > 0) return (direct[0] as FlowShape).from;
  const thing = run.thing[step - 1] ?? 0;
  const task = run.task[step - 1];
  for (let i = step - 2; i >= 0; i--) {
    if (thing !== 0 && run.thing[i] === thing && run.task[i] !== task) return i + 1;
  }
  return 0;
}

/** Where `]` leads from `step`. */
export function effectOf(flows: readonly FlowShape[], run: RunColumns, step: number): number {
  const direct = flows.filter((f) => f.from === step);
  if (direct.length > 0) return (direct[0] as FlowShape).to;
  const thing = run.thing[step - 1] ?? 0;
  const task = run.task[step - 1];
  for (let i = step; i < run.events; i++) {
    if (thing !== 0 && run.thing[i] === thing && run.task[i] !== task) return i + 1;
  }
  return 0;
}
