// The happens-before order of single executions: which trace an execution belongs to, and which of
// its steps race. For whoever looks at runs one by one; `dpor.ts` keeps its own table.
import { Footprints } from '../core/footprint';
import type { Machine } from '../core/machine';
import type { Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import { EventClocks } from './clocks';
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

/** Answers to fault choices are in the schedule, and not told apart here. */
const NO_ANSWERS: readonly number[] = [];

/** The happens-before order of one execution, and by that its signature. */
export class Trace<T extends EventClocks = EventClocks> implements Observer {
  private task: Task | null = null;
  private kind = 0;
  private known = 0;

  /** @param footprints may be shared by the traces of one program */
  constructor(
    private readonly footprints: Footprints,
    readonly table: T,
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
    table.add(table.task(task.key), this.footprints.taken(), NO_ANSWERS, wait, table.n);
    this.task = null;
  }

  /** Forget the execution; the next one may begin. */
  begin(): void {
    this.table.clear();
    this.task = null;
    this.known = 0;
  }

  /** The same for executions of one trace, see `signatureOf`. */
  signature(): string {
    return signatureOf(this.table);
  }
}

/** The same with the names of the steps, and their races. */
export class RacingTrace extends Trace<EventTable> {
  readonly steps: StepName[] = [];

  constructor(footprints = new Footprints()) {
    super(footprints, new EventTable());
  }

  override performed(...step: Parameters<Trace['performed']>): void {
    super.performed(...step);
    const [m, t, kind, object, field] = step;
    const on = object ?? t.object;
    const part = field === null ? '' : `.${field}`;
    const thing = on === null ? '' : `${on.name}${part}`;
    const fn = functionOf(t).name;
    this.steps.push({ task: t.name, fn, kind: KINDS[kind]?.name ?? '', thing, step: m.step });
  }

  override begin(): void {
    super.begin();
    this.steps.length = 0;
  }
}

/** Tells the traces of executions apart. */
export function plainTrace(): Trace {
  return new Trace(new Footprints(), new EventClocks());
}
