// The machine: one simulated world and the loop that runs it. Every task announces its next op,
// the chooser decides which one, and only then is the op performed (`design.md` section 2).
import { type Checker, type DelayHook, Watch } from './checker';
import { asksAlways, type Chooser } from './choice';
import { FAIR_STEPS, FairSteps, FairTurns } from './fair';
import type { Finding } from './finding';
import { READ, WRITE } from './modes';
import { classCount, type KObject, type Thing } from './object';
import type { Observer } from './observer';
import {
  AFTER_SETUP,
  ASK,
  costs,
  gateOf,
  isReady,
  needsObject,
  OPEN,
  type Performer,
  performers,
} from './performers';
import type { Recorder } from './recorder';
import type { MachineOptions, Outcome } from './run-options';
import { RunQueue } from './run-queue';
import { Worlds } from './saved-world';
import { advance, type ContextKind, current, type FunctionInfo, type Gen, Task } from './task';
import { KINDS, kindId } from './vocabulary';

export { DEFAULT_MAX_STEPS, type MachineOptions, type Outcome } from './run-options';
export type { Checker, DelayHook };

const UDELAY = kindId('udelay');
const SKIPPED = kindId('skipped');
const TASK_START = kindId('task_start');
const TASK_EXIT = kindId('task_exit');

/** One simulated world. Reused over runs: `begin` starts afresh. */
export class Machine {
  readonly tasks: Task[] = [];
  readonly objects: KObject[] = [];
  births: Int32Array = new Int32Array(classCount());
  /** Objects freed so far: while there are none, no op has to be asked whether its memory lives. */
  freed = 0;
  findings: Finding[] = [];
  log: { step: number; level: string; text: string }[] = [];
  step = 0;
  time = 0;
  previous: Task | null = null;
  stopped = false;
  /** Something fatal was found and the run goes on all the same (`goesOn`); what is found `later` may come of it. */
  broken = false;
  readonly later: Finding[] = [];
  /** Go on after a fatal finding, as a kernel does that reports and lives; for searches, see `explore/dpor.ts`. */
  goesOn = false;
  /** Tasks started by the script wait until the set-up is over. */
  settingUp = false;
  recorder: Recorder | null = null;
  delays: DelayHook | null = null;
  /** Leaves announced steps out: a mutation of the model. */
  skips: ((t: Task) => boolean) | null = null;
  /** Ops after which turns are fair; `maxSteps` unless a search cannot do with as many. */
  patience = Number.POSITIVE_INFINITY;
  /** The run has gone beyond its patience: from there on nothing but fair turns was tried. */
  beyond = false;
  private fair: FairSteps | null = null;
  /** Names of the fault points that fired in this run, in order. */
  readonly fired = new Set<string>();
  /** Steps whose faults do not fire: what if they had not? Kept from run to run. */
  withheld: ReadonlySet<number> = new Set();
  /** What a world keeps beside the core: rcu callbacks, fault points, kernel. */
  readonly extras = new Map<string, unknown>();
  /** Ops whose failure the world decides; see `faults/`. */
  chooser!: Chooser;
  /** Ids of the tasks that perform the first ops; the chooser and the observer come after them. */
  guide: ArrayLike<number> = [];
  /** Length of the guide, and how far it has been followed. */
  guideLength = 0;
  guided = 0;
  /** Ops of the guide that a world which was put back has behind it. */
  guideFrom = 0;
  /** Sees every op right after it was performed; see `core/observer.ts`. */
  observer: Observer | null = null;
  /** Live objects the end-of-run leak check starts from. */
  readonly roots: Thing[] = [];
  /** What the current step touches beside what its op names: number, field, mode; for footprints. */
  readonly beside: (number | string)[] = [];
  /** Things made before the first task ran; see `freshUid`. */
  things = 0;
  /** What closures keep that a run changes: a saved world puts it back with everything else. */
  readonly belongings: object[] = [];
  /** Worlds that can be put back. */
  readonly worlds = new Worlds(this);

  private readonly queue = new RunQueue();
  private readonly pool: Task[] = [];
  /** What looks at ops, by checker and by kind of op. */
  readonly watches: Watch[] = [];
  private readonly hooks: Watch[][] = KINDS.map(() => []);
  private readonly blockHooks: Checker[] = [];
  private readonly endHooks: Checker[] = [];

  constructor(
    readonly options: MachineOptions,
    readonly checkers: readonly Checker[],
  ) {
    for (const c of checkers) {
      if (c.after) {
        const watch = new Watch(c.name, c.after);
        this.watches.push(watch);
        for (const k of c.kinds) this.hooks[kindId(k)]?.push(watch);
      }
      if (c.blocked) this.blockHooks.push(c);
      if (c.end) this.endHooks.push(c);
    }
  }

  /** Forget the last run and make this machine the current one. */
  begin(chooser: Chooser, recorder: Recorder | null, observer: Observer | null = null): void {
    this.freshen(chooser, recorder, observer);
    while (this.objects.length > 0) this.objects.pop();
    if (this.births.length === classCount()) this.births.fill(0);
    else this.births = new Int32Array(classCount());
    if (this.log.length > 0) this.log = [];
    this.freed = 0;
    this.step = 0;
    this.time = 0;
    this.previous = null;
    this.delays = null;
    this.skips = null;
    if (this.fired.size > 0) this.fired.clear();
    if (this.extras.size > 0) this.extras.clear();
    while (this.roots.length > 0) this.roots.pop();
    while (this.belongings.length > 0) this.belongings.pop();
    this.things = 0;
    const { checkers } = this;
    for (let i = 0; i < checkers.length; i++) (checkers[i] as Checker).reset(this);
  }

  /** What is the same at the beginning of every run, whether its world is built or put back. */
  freshen(chooser: Chooser, recorder: Recorder | null, observer: Observer | null): void {
    for (let t = this.tasks.pop(); t !== undefined; t = this.tasks.pop()) this.pool[t.id] = t;
    this.queue.clear();
    if (this.findings.length > 0) this.findings = [];
    while (this.later.length > 0) this.later.pop();
    this.stopped = false;
    this.broken = false;
    this.beyond = false;
    this.fair = null;
    this.settingUp = false;
    this.worlds.begin();
    while (this.beside.length > 0) this.beside.pop();
    this.guideLength = 0;
    this.guided = 0;
    this.guideFrom = 0;
    this.chooser = chooser;
    this.recorder = recorder;
    this.observer = observer;
    current.machine = this;
    current.recorded = recorder !== null;
    current.task = null as unknown as Task;
    current.pending = null;
  }

  /** A task of a saved world is back. */
  adopt(t: Task): void {
    this.tasks.push(t);
    if (t.alive) this.queue.add(t);
  }

  /**
   * Add a task. It announces `task_start` and runs once the scheduler picks it.
   * @param body makes its generator
   * @param afterSetup start only when the script's set-up is over
   */
  spawn(
    name: string,
    context: ContextKind,
    daemon: boolean,
    root: FunctionInfo,
    body: () => Gen<unknown>,
    afterSetup = false,
  ): Task {
    const id = this.tasks.length;
    const t = this.pool[id] ?? new Task(id);
    t.begin(name, context, daemon, root, body, current.task);
    t.kind = TASK_START;
    t.gate = afterSetup ? ASK : OPEN;
    t.value = afterSetup ? AFTER_SETUP : undefined;
    this.tasks.push(t);
    this.queue.add(t);
    this.recorder?.taskBorn(t);
    return t;
  }

  /** Change simulated state; in a recorded run the change is noted both ways. */
  set<T extends Thing, K extends keyof T & string>(thing: T, key: K, value: T[K]): void {
    const r = this.recorder;
    if (r !== null) r.delta(thing, key, thing[key], value);
    thing[key] = value;
  }

  /**
   * The step that runs now reads a thing that its op does not name: code between two ops that looks
   * at simulated state, or a checker that does. Searches that go by footprints must know.
   */
  looks(thing: { readonly uid: number }, field = ''): void {
    if (this.observer !== null) this.beside.push(thing.uid, field, READ);
  }

  /** The same for a change; with `COUNT`, for one that commutes with others of its kind. */
  changes(thing: { readonly uid: number }, field = '', mode = WRITE): void {
    if (this.observer !== null) this.beside.push(thing.uid, field, mode);
  }

  /** Perform ops until nothing can run, a fatal finding stops the run, or the step limit. */
  run(): Outcome {
    const { queue } = this;
    const { runnable } = queue;
    let { chooser } = this;
    let limit = Math.min(this.options.maxSteps, this.patience);
    let always = asksAlways(chooser, this.settingUp);
    if (this.guideLength > 0 && !this.followGuide()) return this.stop();
    let unwatched = this.isUnwatched();
    for (;;) {
      let n = queue.find(this);
      if (n === 0) {
        const wake = this.options.timed ? queue.nextWake() : -1;
        if (wake >= 0) {
          this.time = wake;
          continue;
        }
        if (this.finishSetup()) {
          unwatched = this.isUnwatched();
          always = asksAlways(chooser, this.settingUp);
          continue;
        }
        return this.end();
      }
      // The set-up is the same in every run: who can go on first, does.
      if (this.settingUp) n = 1;
      let pick = 0;
      if (n > 1 || always) {
        pick = chooser.pickTask(runnable, n, this.previous);
        if (pick < 0) return this.stop('cut');
      }
      const t = runnable[pick] as Task;
      if (unwatched) this.performUnwatched(t);
      else {
        if (this.recorder !== null) this.recorder.decided(runnable, n);
        if (this.worlds.noting) this.worlds.setUpOps++;
        this.perform(t);
      }
      if (this.stopped) return this.stop();
      if (this.step < limit) continue;
      if (this.fair !== null) return this.tooLong(t);
      limit = this.step + FAIR_STEPS;
      chooser = this.takeTurns();
      always = false;
      unwatched = false;
    }
  }

  /** Does nobody care for single steps, and does nothing but the tasks decide what they do? */
  private isUnwatched(): boolean {
    return (
      this.recorder === null &&
      this.observer === null &&
      this.delays === null &&
      this.skips === null &&
      this.fair === null &&
      !this.settingUp &&
      !this.worlds.noting
    );
  }

  /** The run is long enough: from now on every task has its turn. */
  private takeTurns(): Chooser {
    this.beyond = true;
    this.fair = new FairSteps();
    this.chooser = new FairTurns();
    return this.chooser;
  }

  /** @returns false when a fatal finding has stopped the run */
  private followGuide(): boolean {
    const { guide, tasks, observer } = this;
    this.observer = null;
    let unwatched = this.isUnwatched();
    for (this.guided = this.guideFrom; this.guided < this.guideLength; this.guided++) {
      const t = tasks[guide[this.guided] as number] as Task;
      if (this.settingUp && !isReady(this, t) && this.finishSetup()) unwatched = this.isUnwatched();
      if (unwatched) this.performUnwatched(t);
      else this.perform(t);
      if (this.stopped) break;
    }
    this.observer = observer;
    return !this.stopped;
  }

  /** The end of a run; a chooser that has seen enough of it cuts it short. */
  private stop(outcome: Outcome = 'stopped'): Outcome {
    this.recorder?.finish(this);
    return outcome;
  }

  private tooLong(t: Task): Outcome {
    this.fair?.report(this, t);
    return this.stop('step-limit');
  }

  /** A task announced an op: see how it can be told to wait, and look at injected delays. */
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
    this.settle(t);
  }

  /** An op of `kind` is what the task does next: can it, and who wants to know when it cannot? */
  private settle(t: Task): void {
    t.gate = gateOf(t);
    if (isReady(this, t)) return;
    for (const c of this.blockHooks) c.blocked?.(this, t);
  }

  private perform(t: Task): void {
    const kind = t.kind;
    this.step++;
    this.time += costs[kind] as number;
    t.steps++;
    this.previous = t;
    current.task = t;
    if (t.postponed >= 0 && kind === UDELAY) {
      this.endDelay(t);
      return;
    }
    const { object, field, value } = t;
    const recorder = this.recorder;
    if (!this.reach(t, kind, object)) {
      this.observer?.performed(this, t, TASK_EXIT, null, null, undefined, undefined);
      this.oops(t);
      return;
    }
    if (recorder !== null) recorder.opening();
    if (this.stopped) {
      // The access itself was the end: what the op would have done does not happen.
      recorder?.event(this, t, kind, object, field, value, undefined);
      return;
    }
    const result = (performers[kind] as Performer)(this, t);
    if (recorder !== null) recorder.event(this, t, kind, t.object, field, value, result);
    if (this.fair !== null) this.fair.note(t, kind, object, field, result);
    this.check(t, kind, result);
    if (this.observer !== null)
      this.observer.performed(this, t, kind, object, field, value, result);
    if (this.stopped) return;
    if (t.followUp >= 0) {
      t.kind = t.followUp;
      t.followUp = -1;
      this.settle(t);
      recorder?.announced(t);
      return;
    }
    if (this.delays !== null) t.delayAfter = this.delays.after(t);
    if (this.broken) this.proceedBroken(t, result);
    else this.proceed(t, result);
  }

  /** `perform` in a run in which nobody looks at single steps: the same, without asking who does. */
  private performUnwatched(t: Task): void {
    const { kind, object } = t;
    this.step++;
    this.time += costs[kind] as number;
    t.steps++;
    this.previous = t;
    current.task = t;
    if (!this.reach(t, kind, object)) {
      this.oops(t);
      return;
    }
    if (this.stopped) return;
    const result = (performers[kind] as Performer)(this, t);
    this.check(t, kind, result);
    if (this.stopped) return;
    if (t.followUp >= 0) {
      t.kind = t.followUp;
      t.followUp = -1;
      this.settle(t);
    } else if (this.broken) this.proceedBroken(t, result);
    else if (advance(t, result)) this.settle(t);
    else this.exit(t);
  }

  /** Look at the memory that an op is about to touch. @returns false when the task dies of that */
  private reach(t: Task, kind: number, object: Thing | null): boolean {
    if (object !== null) {
      if (this.freed > 0 && (object.mem?.state ?? 0) !== 0) this.memoryAccess(this, t, object);
      return true;
    }
    if (!needsObject[kind]) return true;
    this.nullAccess(this, t);
    return !this.broken;
  }

  /** Show an op that was performed to the checkers of its kind. */
  private check(t: Task, kind: number, result: unknown): void {
    const hooks = this.hooks[kind] as Watch[];
    for (let i = 0; i < hooks.length; i++) {
      const watch = hooks[i] as Watch;
      watch.reached = true;
      watch.after(this, t, result);
    }
  }

  /** An injected delay is over: the op that it put off is what comes next. */
  private endDelay(t: Task): void {
    this.recorder?.event(this, t, UDELAY, null, null, t.delayNs, undefined);
    this.observer?.performed(this, t, UDELAY, null, null, undefined, undefined);
    t.kind = t.postponed;
    t.postponed = -1;
    this.recorder?.announced(t);
    this.settle(t);
    this.observer?.announced(this, t);
  }

  /** Let a task run on to its next announcement, or end. */
  private proceed(t: Task, result: unknown): void {
    if (this.worlds.noting) this.worlds.note(t, result);
    if (advance(t, result)) {
      this.announced(t);
      if (this.observer !== null) this.observer.announced(this, t);
    } else {
      this.exit(t);
    }
    if (this.recorder !== null) this.recorder.announced(t);
  }

  /** A function has returned for good: the task ends in the same breath, nobody can come between. */
  private exit(t: Task): void {
    t.kind = TASK_EXIT;
    t.object = null;
    t.field = null;
    t.value = undefined;
    this.step++;
    this.time += costs[TASK_EXIT] as number;
    t.steps++;
    this.recorder?.announced(t);
    this.recorder?.opening();
    this.recorder?.event(this, t, TASK_EXIT, null, null, undefined, undefined);
    this.check(t, TASK_EXIT, undefined);
    this.bury(t);
    this.observer?.exited(this, t);
  }

  private bury(t: Task): void {
    t.alive = false;
    this.queue.remove(t);
  }

  /** After a fatal finding a model may trip over what is left: then the task dies, as after an oops. */
  private proceedBroken(t: Task, result: unknown): void {
    try {
      this.proceed(t, result);
    } catch {
      this.oops(t);
    }
  }

  private oops(t: Task): void {
    current.pending = null;
    this.bury(t);
    this.observer?.exited(this, t);
  }

  private finishSetup(): boolean {
    if (!this.settingUp || !this.queue.onlyDaemons((t) => t.value === AFTER_SETUP)) return false;
    this.settingUp = false;
    this.observer?.barrier(this);
    if (this.worlds.noting) this.worlds.save();
    return true;
  }

  private end(): Outcome {
    if (!this.broken) for (const c of this.endHooks) c.end?.(this);
    return this.stop(this.queue.onlyDaemons() ? 'quiescent' : 'stuck');
  }

  /** Set by the memory checker: an op touches an object that is not alive. */
  memoryAccess: (m: Machine, t: Task, thing: Thing) => void = () => {};
  /** Set by the memory checker: an op follows a null pointer. */
  nullAccess: (m: Machine, t: Task) => void = () => {};
}
