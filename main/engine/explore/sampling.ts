// Strategies that draw schedules: each run has a seed of its own, so runs can be done in any order, in
// parts, by several processes, and give the same.
import type { Chooser } from '../core/choice';
import type { Machine, Outcome } from '../core/machine';
import { Rng } from '../core/rng';
import type { Task } from '../core/task';
import { KINDS } from '../core/vocabulary';
import { type Program, runOnce } from './program';
import { RandomChooser, runSeed } from './random';
import type { Coverage, Search } from './search';
import { HashedTrace } from './trace';

const READS = KINDS.map((k) => k.access === 'r');

/** Runs the calibration takes to learn how long runs and tasks are. */
const CALIBRATION_RUNS = 16;

/** How long runs of a program are. */
interface Lengths {
  /** Ops of the longest run after the set-up. */
  readonly steps: number;
  /** Mean ops of each task, by key. */
  readonly tasks: ReadonlyMap<number, number>;
}

/** Draws, and counts the ops after the set-up. */
class CountingChooser extends RandomChooser {
  readonly always = 'after the set-up';
  ops = 0;

  override pickTask(runnable: ArrayLike<Task>, n: number): number {
    this.ops++;
    return n === 1 ? 0 : super.pickTask(runnable, n);
  }
}

/** The same for every process that works on a program: some runs that nothing else depends on. */
function calibrate(m: Machine, program: Program): Lengths {
  const chooser = new CountingChooser();
  const sums = new Map<number, number>();
  let steps = 1;
  for (let i = 0; i < CALIBRATION_RUNS; i++) {
    chooser.reseed(runSeed(0x5eed, i));
    chooser.ops = 0;
    runOnce(m, program, chooser);
    steps = Math.max(steps, chooser.ops);
    for (const t of m.tasks) sums.set(t.key, (sums.get(t.key) ?? 0) + t.steps);
  }
  const tasks = new Map([...sums].map(([key, sum]) => [key, sum / CALIBRATION_RUNS]));
  return { steps, tasks };
}

/** Find out what ops look at before traces are told: by less than that, the same one has two names. */
function getToKnow(m: Machine, program: Program, trace: HashedTrace): void {
  const chooser = new RandomChooser();
  for (let i = 0; i < CALIBRATION_RUNS; i++) {
    trace.follow(() => {
      chooser.reseed(runSeed(0x5eed, i));
      return runOnce(m, program, chooser, trace);
    });
  }
}

/** A chooser that starts over with a seed. */
interface Sampler extends Chooser {
  reseed(seed: number): void;
}

/**
 * PCT (Burckhardt et al., ASPLOS 2010): the task with the highest priority runs; at `depth` - 1 random
 * steps the running one falls to the bottom. Finds a bug of that depth with probability at least
 * 1 / (tasks * steps^(depth-1)) a run. A delay is a step like others and lowers nothing. The set-up is the same in
 * every run: its steps are not among those.
 */
class PctChooser implements Sampler {
  readonly always = 'after the set-up';
  private readonly rng = new Rng(0);
  private readonly priority: number[] = [];
  private readonly drops: number[] = [];
  private step = 0;

  constructor(
    private readonly depth: number,
    private readonly steps: number,
  ) {}

  reseed(seed: number): void {
    this.rng.reseed(seed);
    while (this.priority.length > 0) this.priority.pop();
    while (this.drops.length > 0) this.drops.pop();
    for (let i = 1; i < this.depth; i++) this.drops.push(1 + this.rng.below(this.steps));
    this.step = 0;
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    this.step++;
    let best = this.highest(runnable, n);
    for (let i = 0; i < this.drops.length; i++) {
      if (this.drops[i] !== this.step) continue;
      // Below every priority drawn, and below earlier drops.
      this.priority[(runnable[best] as Task).id] = -1 - i;
      best = this.highest(runnable, n);
    }
    return best;
  }

  private highest(runnable: ArrayLike<Task>, n: number): number {
    let best = 0;
    let top = Number.NEGATIVE_INFINITY;
    for (let i = 0; i < n; i++) {
      const { id } = runnable[i] as Task;
      while (this.priority.length <= id) this.priority.push(this.rng.next());
      const p = this.priority[id] as number;
      if (p > top) {
        top = p;
        best = i;
      }
    }
    return best;
  }

  pickFault(options: number): number {
    return this.rng.below(options);
  }
}

/**
 * Partial-order sampling (Yuan, Yang, Gu, CAV 2018): every announced op has a random priority, and
 * those that race with the op performed draw again, so that traces come up more evenly.
 */
class PosChooser implements Sampler {
  readonly always = 'after the set-up';
  private readonly rng = new Rng(0);
  private readonly priority: number[] = [];
  private readonly drawnAt: number[] = [];

  reseed(seed: number): void {
    this.rng.reseed(seed);
    while (this.priority.length > 0) this.priority.pop();
    while (this.drawnAt.length > 0) this.drawnAt.pop();
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    let best = 0;
    for (let i = 0; i < n; i++) {
      const t = runnable[i] as Task;
      while (this.priority.length <= t.id) {
        this.priority.push(0);
        this.drawnAt.push(-1);
      }
      // A task that has moved on announces an op without a priority.
      if (this.drawnAt[t.id] !== t.steps) this.draw(t);
      if (
        (this.priority[t.id] as number) > (this.priority[(runnable[best] as Task).id] as number)
      ) {
        best = i;
      }
    }
    const chosen = runnable[best] as Task;
    for (let i = 0; i < n; i++) {
      const t = runnable[i] as Task;
      const races = t !== chosen && t.object !== null && t.object === chosen.object;
      if (races && !(READS[t.kind] && READS[chosen.kind])) this.draw(t);
    }
    return best;
  }

  private draw(t: Task): void {
    this.priority[t.id] = this.rng.next();
    this.drawnAt[t.id] = t.steps;
  }

  pickFault(options: number): number {
    return this.rng.below(options);
  }
}

/** Uniform random walk (Shuttle's URW): a task is drawn with the weight of what it still has to do. */
class UrwChooser implements Sampler {
  private readonly rng = new Rng(0);

  constructor(private readonly lengths: Lengths) {}

  reseed(seed: number): void {
    this.rng.reseed(seed);
  }

  private weight(t: Task): number {
    return Math.max(1, Math.ceil((this.lengths.tasks.get(t.key) ?? 1) - t.steps));
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += this.weight(runnable[i] as Task);
    let draw = this.rng.below(sum);
    for (let i = 0; i < n; i++) {
      draw -= this.weight(runnable[i] as Task);
      if (draw < 0) return i;
    }
    return n - 1;
  }

  pickFault(options: number): number {
    return this.rng.below(options);
  }
}

/** What a sampling search needs to know. */
export interface SamplingOptions {
  readonly kind: 'random' | 'urw' | 'pct' | 'pos';
  readonly seed: number;
  /** For PCT. */
  readonly depth?: number;
  /** Runs of this search: those with numbers from `from` on, up to `to`. */
  readonly from: number;
  readonly to: number;
  /** Count different traces; costs about half the speed. */
  readonly countTraces: boolean;
}

/** Runs that are drawn. */
export class Sampling implements Search {
  readonly preemptions = -1;
  private run_: number;
  private chooser: Sampler | null = null;
  private readonly trace: HashedTrace | null;
  private readonly traces = new Set<string>();

  constructor(private readonly options: SamplingOptions) {
    this.run_ = options.from;
    this.trace = options.countTraces ? new HashedTrace() : null;
  }

  private make(m: Machine, program: Program): Sampler {
    const { kind, depth } = this.options;
    if (kind === 'random') return new RandomChooser();
    if (kind === 'pos') return new PosChooser();
    const lengths = calibrate(m, program);
    return kind === 'urw' ? new UrwChooser(lengths) : new PctChooser(depth ?? 3, lengths.steps);
  }

  run(m: Machine, program: Program): Outcome {
    const { trace } = this;
    if (this.chooser === null) {
      this.chooser = this.make(m, program);
      if (trace !== null) getToKnow(m, program, trace);
    }
    if (trace === null) return runOnce(m, program, this.again());
    return trace.follow(() => runOnce(m, program, this.again(), trace));
  }

  next(): boolean {
    if (this.trace !== null) this.traces.add(this.trace.signature());
    this.run_++;
    return this.run_ < this.options.to;
  }

  again(): Chooser {
    const chooser = this.chooser as Sampler;
    chooser.reseed(runSeed(this.options.seed, this.run_));
    return chooser;
  }

  covered(): Partial<Coverage> {
    return { traces: this.trace === null ? -1 : this.traces.size };
  }

  /** Hashes of the traces seen. */
  get seen(): readonly string[] {
    return [...this.traces];
  }

  left(): number {
    return this.options.to - this.run_;
  }

  save(): unknown {
    return { run: this.run_, traces: [...this.traces] };
  }

  /** Go on with a saved search. */
  load(saved: unknown): void {
    const { run, traces } = saved as { run: number; traces: string[] };
    this.run_ = run;
    for (const t of traces) this.traces.add(t);
  }
}
