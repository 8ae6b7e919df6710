// The happens-before order of single executions: which trace an execution belongs to, and which of
// its steps race. For whoever looks at runs one by one; `dpor.ts` keeps its own table.
import { Footprints } from '../core/footprint';
import type { Machine } from '../core/machine';
import type { Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import { EventTable } from './happens-before';
import { FREE, HOLDS, UNSURE, WAITED } from './races';
import { signatureOf } from './signature';

const HOLDING = new Set(
  ['mutex_lock', 'spin_lock', 'down_read', 'down_write', 'wait_for_completion'].map(kindId),
);
/** Blocking kinds that wait for what is settled for good: their footprints say all (`AWAIT`). */
const SETTLED = new Set(
  ['task_start', 'task_join', 'flush_wait', 'grace_period', 'rcu_free', 'udelay'].map(kindId),
);

/** Once such an op can be performed, it can be until it is. */
const LASTING = new Set(['work_start'].map(kindId));

/** How ops of each kind may have been kept waiting. */
export const WAITS: readonly number[] = KINDS.map((k) => {
  if (!k.blocking || SETTLED.has(k.id)) return FREE;
  if (HOLDING.has(k.id)) return HOLDS;
  return LASTING.has(k.id) ? WAITED : UNSURE;
});

/** What a step is, whoever looks at it: function, kind, and the sort of thing it touches. */
export interface StepName {
  readonly task: string;
  readonly fn: string;
  readonly kind: string;
  readonly thing: string;
  /** Step of the run, as events are numbered. */
  readonly step: number;
}

/** Collects the events of one execution. */
export class Trace implements Observer {
  readonly table = new EventTable();
  readonly steps: StepName[] = [];
  private task: Task | null = null;
  private kind = 0;
  private known = 0;

  /** @param footprints may be shared by the traces of one program; names are taken when `named` */
  constructor(
    private readonly footprints = new Footprints(),
    private readonly named = false,
  ) {}

  performed(
    m: Machine,
    t: Task,
    kind: number,
    object: Thing | null,
    field: string | null,
    value: unknown,
    result: unknown,
  ): void {
    this.settle();
    for (; this.known < m.tasks.length; this.known++) {
      const { key, parent } = m.tasks[this.known] as Task;
      this.table.spawned(this.table.task(key), parent ? this.table.n : -1);
    }
    this.footprints.begin(m, t, kind, object, field, value, result);
    this.task = t;
    this.kind = kind;
    if (!this.named) return;
    const on = object ?? t.object;
    const part = field === null ? '' : `.${field}`;
    const thing = on === null ? '' : `${on.name}${part}`;
    const fn = functionOf(t).name;
    this.steps.push({ task: t.name, fn, kind: KINDS[kind]?.name ?? '', thing, step: m.step });
  }

  announced(m: Machine, t: Task): void {
    this.footprints.arrive(m, t);
  }

  exited(m: Machine, t: Task): void {
    this.footprints.end(m, t);
  }

  barrier(): void {
    this.settle();
    this.table.barrier(this.table.n);
  }

  /** Complete the last event; call when the run is over. */
  settle(): void {
    const { table, task } = this;
    if (task === null) return;
    const wait = WAITS[this.kind] as number;
    table.add(table.task(task.key), this.footprints.taken(), [], wait, table.n);
    this.task = null;
  }

  /** Forget the execution; the next one may begin. */
  begin(): void {
    this.table.clear();
    this.steps.length = 0;
    this.task = null;
    this.known = 0;
  }

  /** The same for executions of one trace, see `signatureOf`. */
  signature(): string {
    return signatureOf(this.table);
  }
}
