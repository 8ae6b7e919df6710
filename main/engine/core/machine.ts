// The machine: one simulated world and the loop that runs it. Every task announces its next op,
// the chooser decides which one, and only then is the op performed (`design.md` section 2).
import type { Chooser } from './choice';
import type { Finding } from './finding';
import { report } from './finding';
import { classCount, type KObject, type Thing } from './object';
import type { Recorder } from './recorder';
import { advance, type ContextKind, current, type FunctionInfo, type Gen, Task } from './task';
import { KINDS, kindId } from './vocabulary';

/** Carries out an announced op and returns what the task's `yield*` gives. */
export type Performer = (m: Machine, t: Task) => unknown;
/** Can the announced op be performed now? */
export type Ready = (m: Machine, t: Task) => boolean;

const performers: Performer[] = [];
const readiness: (Ready | null)[] = KINDS.map(() => null);
const needsObject = KINDS.map((k) => k.access !== 'none');
const blocking = KINDS.map((k) => k.blocking);
const costs = KINDS.map((k) => k.costNs);
const UDELAY = kindId('udelay');
const SKIPPED = kindId('skipped');
const TASK_START = kindId('task_start');
const TASK_EXIT = kindId('task_exit');
const AFTER_SETUP = 'after set-up';

/** Say how ops of a kind are performed; each primitive does this once, when it is loaded. */
export function performer(name: string, perform: Performer, ready: Ready | null = null): number {
  const id = kindId(name);
  performers[id] = perform;
  readiness[id] = ready;
  return id;
}

/** Judges events. Knows the vocabulary and core, never a kernel function. */
export interface Checker {
  readonly name: string;
  /** Op kinds it wants to see; empty for one that only looks at the end. */
  readonly kinds: readonly string[];
  /** Has it judged anything since it was last looked at? Set by the machine. */
  reached?: boolean;
  /** Called before a run. */
  reset(m: Machine): void;
  /** Called after an op of one of `kinds` was performed. */
  after?(m: Machine, t: Task, result: unknown): void;
  /** Called when a task announces an op that cannot be performed at once. */
  blocked?(m: Machine, t: Task): void;
  /** Called when nothing can run any more and no fatal finding stopped the run. */
  end?(m: Machine): void;
}

/** A delay asked for at a named step (`faults/delay.ts`). */
export interface DelayHook {
  /** ns to wait before the announced op, or -1. Called once per announcement. */
  before(t: Task): number;
  /** ns to wait after the op just performed, or -1. */
  after(t: Task): number;
}

export interface MachineOptions {
  /** Does the virtual clock order wake-ups? Otherwise a sleeper may wake at any point. */
  readonly timed: boolean;
  /** Ops after which a run is given up as endless. */
  readonly maxSteps: number;
}

/** Default bound on the ops of one run. */
export const DEFAULT_MAX_STEPS = 20_000;

/** How a run ended. */
export type Outcome = 'quiescent' | 'stopped' | 'stuck' | 'step-limit';

/** One simulated world. Reused over runs: `begin` starts afresh. */
export class Machine {
  tasks: Task[] = [];
  objects: KObject[] = [];
  births: Int32Array = new Int32Array(classCount());
  findings: Finding[] = [];
  log: { step: number; level: string; text: string }[] = [];
  step = 0;
  time = 0;
  previous: Task | null = null;
  stopped = false;
  /** Tasks started by the script wait until the set-up is over. */
  settingUp = false;
  recorder: Recorder | null = null;
  delays: DelayHook | null = null;
  /** Leaves announced steps out: a mutation of the model. */
  skips: ((t: Task) => boolean) | null = null;
  /** Names of the fault points that fired in this run, in order. */
  readonly fired = new Set<string>();
  /** Free slot for what a world keeps beside the core: rcu callbacks, fault points, kernel. */
  readonly extras = new Map<string, unknown>();
  /** Ops whose failure the world decides; see `faults/`. */
  chooser!: Chooser;
  /** Live objects the end-of-run leak check starts from. */
  roots: Thing[] = [];

  private readonly runnable: Task[] = [];
  private readonly hooks: Checker[][] = KINDS.map(() => []);
  private readonly blockHooks: Checker[] = [];

  constructor(
    readonly options: MachineOptions,
    readonly checkers: readonly Checker[],
  ) {
    for (const c of checkers) {
      for (const k of c.kinds) if (c.after) this.hooks[kindId(k)]?.push(c);
      if (c.blocked) this.blockHooks.push(c);
    }
  }

  /** Forget the last run and make this machine the current one. */
  begin(chooser: Chooser, recorder: Recorder | null): void {
    this.tasks = [];
    this.objects = [];
    if (this.births.length === classCount()) this.births.fill(0);
    else this.births = new Int32Array(classCount());
    this.findings = [];
    this.log = [];
    this.step = 0;
    this.time = 0;
    this.previous = null;
    this.stopped = false;
    this.settingUp = false;
    this.delays = null;
    this.skips = null;
    if (this.fired.size > 0) this.fired.clear();
    this.roots = [];
    this.extras.clear();
    this.chooser = chooser;
    this.recorder = recorder;
    current.machine = this;
    current.task = null as unknown as Task;
    current.pending = null;
    for (const c of this.checkers) c.reset(this);
  }

  /**
   * Add a task. It announces `task_start` and runs once the scheduler picks it.
   * @param body a generator that has not been started
   * @param afterSetup start only when the script's set-up is over
   */
  spawn(
    name: string,
    context: ContextKind,
    daemon: boolean,
    root: FunctionInfo,
    body: Gen<unknown>,
    afterSetup = false,
  ): Task {
    const t = new Task(this.tasks.length, name, context, daemon, root, body);
    t.kind = TASK_START;
    t.value = afterSetup ? AFTER_SETUP : undefined;
    this.tasks.push(t);
    this.recorder?.taskBorn(t);
    return t;
  }

  /** Change simulated state; in a recorded run the change is noted both ways. */
  set<T extends Thing, K extends keyof T & string>(thing: T, key: K, value: T[K]): void {
    const r = this.recorder;
    if (r !== null) r.delta(thing, key, thing[key], value);
    thing[key] = value;
  }

  /** Can task `t` perform its announced op now? */
  ready(t: Task): boolean {
    if (!blocking[t.kind]) return true;
    const f = readiness[t.kind];
    return f === null || f === undefined || f(this, t);
  }

  /** Perform ops until nothing can run, a fatal finding stops the run, or the step limit. */
  run(): Outcome {
    const runnable = this.runnable;
    for (;;) {
      const tasks = this.tasks;
      let n = 0;
      for (let i = 0; i < tasks.length; i++) {
        const t = tasks[i] as Task;
        if (t.alive && (!blocking[t.kind] || this.ready(t))) runnable[n++] = t;
      }
      if (n === 0) {
        if (this.options.timed && this.skipToNextWake()) continue;
        if (this.finishSetup()) continue;
        return this.end();
      }
      let pick = 0;
      if (n > 1) pick = this.chooser.pickTask(runnable, n, this.previous);
      const t = runnable[pick] as Task;
      if (this.recorder !== null) this.recorder.decided(runnable, n);
      this.perform(t);
      if (this.stopped) return this.stop();
      if (this.step >= this.options.maxSteps) {
        report(this, {
          checker: 'step-limit',
          severity: 'fatal',
          title: `INFO: run stopped after ${this.step} steps`,
          message: `the run did not come to an end within ${this.step} steps`,
          identity: 'step-limit',
          at: t,
        });
        this.stop();
        return 'step-limit';
      }
    }
  }

  private stop(): Outcome {
    this.recorder?.finish(this);
    return 'stopped';
  }

  /** A task announced that it may now be told to wait: link it up and look at injected delays. */
  private announced(t: Task): void {
    if (this.skips?.(t)) t.kind = SKIPPED;
    if (this.delays !== null) {
      const ns = t.delayAfter >= 0 ? t.delayAfter : this.delays.before(t);
      t.delayAfter = -1;
      if (ns >= 0) {
        t.postponed = t.kind;
        t.kind = UDELAY;
        t.wakeAt = this.time + ns;
        t.delayNs = ns;
      }
    }
    if (this.blockHooks.length > 0 && blocking[t.kind] && !this.ready(t)) {
      for (const c of this.blockHooks) c.blocked?.(this, t);
    }
  }

  private perform(t: Task): void {
    const kind = t.kind;
    this.step++;
    this.time += costs[kind] as number;
    t.steps++;
    this.previous = t;
    current.task = t;
    if (kind === UDELAY && t.postponed >= 0) {
      this.recorder?.event(this, t, kind, null, null, t.delayNs, undefined);
      t.kind = t.postponed;
      t.postponed = -1;
      this.recorder?.announced(t);
      for (const c of this.blockHooks) {
        if (blocking[t.kind] && !this.ready(t)) c.blocked?.(this, t);
      }
      return;
    }
    const object = t.object;
    if (object !== null) {
      if (object.mem !== null && object.mem.state !== 0) this.memoryAccess(this, t, object);
    } else if (needsObject[kind]) {
      this.nullAccess(this, t);
    }
    const recorder = this.recorder;
    const value = t.value;
    const field = t.field;
    if (recorder !== null) recorder.opening();
    if (this.stopped) {
      // The access itself was the end: what the op would have done does not happen.
      recorder?.event(this, t, kind, object, field, value, undefined);
      return;
    }
    const result = (performers[kind] as Performer)(this, t);
    if (recorder !== null) recorder.event(this, t, kind, t.object, field, value, result);
    const hooks = this.hooks[kind] as Checker[];
    for (let i = 0; i < hooks.length; i++) {
      const c = hooks[i] as Checker;
      c.reached = true;
      c.after?.(this, t, result);
    }
    if (this.stopped) return;
    if (t.followUp >= 0) {
      t.kind = t.followUp;
      t.followUp = -1;
      recorder?.announced(t);
      return;
    }
    if (this.delays !== null) t.delayAfter = this.delays.after(t);
    this.proceed(t, result);
  }

  /** Let a task run on to its next announcement, or end. */
  private proceed(t: Task, result: unknown): void {
    if (t.kind === TASK_EXIT) {
      t.alive = false;
      this.recorder?.announced(t);
      return;
    }
    if (advance(t, result)) {
      this.announced(t);
    } else {
      t.kind = TASK_EXIT;
      t.object = null;
      t.field = null;
      t.value = undefined;
    }
    this.recorder?.announced(t);
  }

  private skipToNextWake(): boolean {
    let wake = -1;
    for (const t of this.tasks) {
      if (t.alive && t.kind === UDELAY && (wake < 0 || t.wakeAt < wake)) wake = t.wakeAt;
    }
    if (wake < 0) return false;
    this.time = wake;
    return true;
  }

  private finishSetup(): boolean {
    if (!this.settingUp) return false;
    for (const t of this.tasks) if (t.alive && !t.daemon && t.value !== AFTER_SETUP) return false;
    this.settingUp = false;
    return true;
  }

  private end(): Outcome {
    for (const c of this.checkers) c.end?.(this);
    this.recorder?.finish(this);
    const stuck = this.tasks.some((t) => t.alive && !t.daemon);
    return stuck ? 'stuck' : 'quiescent';
  }

  /** Set by the memory checker: an op touches an object that is not alive. */
  memoryAccess: (m: Machine, t: Task, thing: Thing) => void = () => {};
  /** Set by the memory checker: an op follows a null pointer. */
  nullAccess: (m: Machine, t: Task) => void = () => {};
}

performer(
  'task_start',
  () => undefined,
  (m, t) => !m.settingUp || t.value !== AFTER_SETUP,
);
performer('task_exit', () => undefined);
performer('skipped', () => undefined);
performer(
  'udelay',
  () => undefined,
  (m, t) => !m.options.timed || m.time >= t.wakeAt,
);
