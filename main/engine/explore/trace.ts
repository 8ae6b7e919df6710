// The happens-before order of single executions: which trace an execution belongs to, and which of
// its steps race. For whoever looks at runs one by one; `dpor.ts` keeps its own table.
import { Footprints } from '../core/footprint';
import type { Machine, Outcome } from '../core/machine';
import type { Thing } from '../core/object';
import type { Observer } from '../core/observer';
import { functionOf, type Task } from '../core/task';
import { KINDS, kindId } from '../core/vocabulary';
import { TASK_LIMIT } from './clocks';
import { EventTable } from './happens-before';
import { FREE, HOLDS, UNSURE, WAITED } from './races';
import { signatureOf } from './signature';
import { TraceHash } from './trace-hash';

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

/** What is told of the events of an execution before they are added. */
interface Events {
  /** Number of events so far. */
  readonly n: number;
  task(key: number): number;
  spawned(p: number, e: number): void;
  barrier(e: number): void;
  clear(): void;
}

/** Follows one execution event by event. */
abstract class Trace implements Observer {
  private task: Task | null = null;
  private kind = 0;
  private known = 0;
  /** Number of each task among the events, by its id. */
  private readonly numbers = new Int32Array(TASK_LIMIT);

  /** @param footprints may be shared by the traces of one program */
  protected constructor(
    protected readonly footprints: Footprints,
    private readonly events: Events,
  ) {}

  /** The footprint of an event of task `p` is complete. */
  protected abstract add(p: number, kind: number): void;

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
    this.meet(m);
    this.footprints.begin(m, t, kind, object, field, value, result);
    this.task = t;
    this.kind = kind;
  }

  announced(m: Machine, t: Task): void {
    this.meet(m);
    this.footprints.arrive(m, t);
  }

  exited(m: Machine, t: Task): void {
    this.meet(m);
    this.footprints.end(m, t);
  }

  /** Tasks that the event which is being followed has started, in its op or in the code behind it. */
  private meet(m: Machine): void {
    const { events } = this;
    for (; this.known < m.tasks.length; this.known++) {
      const { key, parent } = m.tasks[this.known] as Task;
      const p = events.task(key);
      this.numbers[this.known] = p;
      // Who started those of a world that was put back is no event of this run.
      events.spawned(p, parent && this.known >= m.worlds.begunWith ? events.n : -1);
    }
  }

  barrier(): void {
    this.settle();
    this.events.barrier(this.events.n);
  }

  /** Complete the last event; call when the run is over. */
  settle(): void {
    const { task } = this;
    if (task === null) return;
    this.add(this.numbers[task.id] as number, this.kind);
    this.task = null;
  }

  /** Grows where an op has looked at more than the events before it have told of, see `Footprints`. */
  get learnt(): number {
    return this.footprints.learnt;
  }

  /** Forget the execution; the next one may begin. */
  begin(): void {
    this.events.clear();
    this.task = null;
    this.known = 0;
  }
}

/** Tells the traces of executions apart. */
export class HashedTrace extends Trace {
  private readonly hash: TraceHash;

  constructor() {
    const hash = new TraceHash();
    super(new Footprints(), hash);
    this.hash = hash;
  }

  protected add(p: number): void {
    this.hash.add(p, this.footprints.touches, this.footprints.n);
  }

  /**
   * Follow an execution, and again where it has shown that ops look at more than was known: what came before them in it
   * was told by less.
   * @param perform runs the execution, the same each time, with this trace as its observer
   */
  follow(perform: () => Outcome): Outcome {
    for (;;) {
      const knew = this.learnt;
      this.begin();
      const outcome = perform();
      this.settle();
      if (this.learnt === knew) return outcome;
    }
  }

  /** The same for executions of one trace. */
  signature(): string {
    return this.hash.signature();
  }
}

/** The events of an execution, their names and their races. */
export class RacingTrace extends Trace {
  readonly table: EventTable;
  readonly steps: StepName[] = [];

  constructor(footprints = new Footprints()) {
    const table = new EventTable();
    super(footprints, table);
    this.table = table;
  }

  protected add(p: number, kind: number): void {
    const { table } = this;
    table.add(p, this.footprints.taken(), NO_ANSWERS, WAITS[kind] as number);
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

  /** The same for executions of one trace, see `signatureOf`. */
  signature(): string {
    return signatureOf(this.table);
  }
}
