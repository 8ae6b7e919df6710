// Conditions that tasks wait for say what they look at (`wait_event`), and a search by traces rests on that: what changes
// nothing of it is never tried before and after. Whoever has forgotten something is told.
import type { Chooser } from '../core/choice';
import { dependent, type Footprint, type Footprints } from '../core/footprint';
import type { Machine } from '../core/machine';
import { isReady } from '../core/performers';
import { current, functionOf, type Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import type { Program } from './program';
import { RandomChooser, runSeed } from './random';
import { RacingTrace } from './trace';

const WAIT_EVENT = kindId('wait_event');

/** A condition has changed with something that it does not name. */
export class LooksAtMore extends Error {
  constructor(t: Task, by: Task) {
    const { name } = functionOf(t);
    super(
      `the condition that ${t.name} waits for in ${name} was changed by a step of ${by.name} that touches \
nothing it says it looks at: name what it reads as well, or name nothing at all`,
    );
    this.name = 'LooksAtMore';
  }
}

/** Executions that are drawn to see what conditions look at. */
const WALKS = 16;
const SEED = 0xc0de;

/** Looks at the conditions that are waited for, event by event, in executions that are drawn. */
class Watching implements Chooser {
  readonly always = true;
  readonly trace: RacingTrace;
  private readonly inner = new RandomChooser();
  /** By task id: its step count, and whether it could go on; -1 where it did not wait. */
  private readonly steps: number[] = [];
  private readonly held: boolean[] = [];

  constructor(private readonly footprints: Footprints) {
    this.trace = new RacingTrace(footprints);
  }

  begin(walk: number): void {
    this.inner.reseed(runSeed(SEED, walk));
    this.trace.begin();
    this.steps.fill(-1);
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    const m = current.machine;
    this.trace.settle();
    for (let id = 0; id < m.tasks.length; id++) this.look(m, m.tasks[id] as Task);
    return this.inner.pickTask(runnable, n);
  }

  pickFault(options: number): number {
    return this.inner.pickFault(options);
  }

  private look(m: Machine, t: Task): void {
    const { footprints, trace } = this;
    const steps = t.alive && t.kind === WAIT_EVENT ? t.steps : -1;
    const held = steps >= 0 && isReady(m, t);
    if (steps >= 0 && steps === this.steps[t.id] && held !== this.held[t.id]) {
      const knew = footprints.learnt;
      footprints.begin(m, t, t.kind, t.object, t.field, t.value, undefined);
      const last = trace.table.footprint[trace.table.n - 1] as Footprint;
      // Footprints that were taken before somebody looked do not tell.
      if (footprints.learnt === knew && !dependent(footprints.taken(), last))
        throw new LooksAtMore(t, m.previous as Task);
    }
    this.steps[t.id] = steps;
    this.held[t.id] = held;
  }
}

/**
 * Do conditions look at no more than they say? Tried where tasks have been seen to wait for some.
 * @throws LooksAtMore where one does
 */
export function tryConditions(m: Machine, program: Program, footprints: Footprints): void {
  const watching = new Watching(footprints);
  for (let walk = 0; walk < WALKS; walk++) {
    watching.begin(walk);
    m.begin(watching, null, watching.trace);
    program(m);
    m.run();
    watching.trace.settle();
  }
}
