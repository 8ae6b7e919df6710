// explorer: a state is the same however it was reached. Two steps that have nothing to do with each other lead to the same
// one in either order, in random experiments with real drivers.
import { expect, test } from 'vitest';
import { type Chooser, current, Machine, Rng, type Task } from '../../main/engine/api';
import { dependent, type Footprint, Footprints } from '../../main/engine/core/footprint';
import { StateHash } from '../../main/engine/explore/state-hash';
import { experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { randomLab } from '../programs/random-lab';

/** Draws tasks, or repeats what was drawn, and says which state that has led to. */
class Walk extends StateHash implements Chooser {
  readonly always = true;
  /** Ids of the tasks, who else could have gone on, and what each step has touched. */
  readonly path: number[] = [];
  readonly open: number[][] = [];
  readonly prints: Footprint[] = [];
  /** The state that `end` has led to; empty where it could not be reached. */
  state = '';
  private readonly footprints = new Footprints();

  /** @param end tasks of the first steps; without them all is drawn */
  constructor(
    private readonly rng: Rng,
    private readonly end: readonly number[] = [],
  ) {
    super();
  }

  override performed(...step: Parameters<StateHash['performed']>): void {
    super.performed(...step);
    const [m, t, kind, object, field, value, result] = step as Parameters<Footprints['begin']>;
    this.footprints.begin(m, t, kind, object, field, value, result);
  }

  override announced(...[m, t]: Parameters<StateHash['announced']>): void {
    this.footprints.arrive(m, t);
    super.announced(m, t);
  }

  override exited(...[m, t]: Parameters<StateHash['exited']>): void {
    this.footprints.end(m, t);
  }

  pickTask(runnable: readonly Task[], n: number): number {
    const { path, end } = this;
    if (path.length > 0) this.prints.push(this.footprints.taken());
    if (end.length > 0 && path.length === end.length) {
      // Who has broken something may keep others from reporting what they would have.
      if (current.machine.findings.length > 0) return -1;
      this.take(current.machine);
      this.state = `${this.high} ${this.low}`;
      return -1;
    }
    const ids = runnable.slice(0, n).map((t) => t.id);
    const pick = end.length > 0 ? ids.indexOf(end[path.length] as number) : this.rng.below(n);
    if (pick < 0) return -1;
    path.push(ids[pick] as number);
    this.open.push(ids);
    return pick;
  }

  pickFault(): number {
    return 0;
  }
}

const EXPERIMENTS = 60;
test(`independent steps lead to the same state in either order (${EXPERIMENTS} experiments)`, () => {
  const rng = new Rng(7);
  let compared = 0;
  for (let seed = 1; seed <= EXPERIMENTS; seed++) {
    const { experiment, cell } = randomLab(seed, 4);
    const program = experimentProgram(experiment, cell);
    const { options, checkers } = machineFor(experiment);
    // Lock orders are noted when a task has to wait for a lock or gets it: not always at the same step.
    const m = new Machine(
      options,
      checkers.filter((c) => c.name !== 'lock-order'),
    );
    const walk = (end: readonly number[] = []): Walk => {
      const w = new Walk(rng, end);
      m.begin(w, null, w);
      program(m);
      m.run();
      return w;
    };
    const { path, open, prints } = walk();
    for (let i = 0; i + 1 < prints.length; i++) {
      const [a, b] = [path[i] as number, path[i + 1] as number];
      if (a === b || !(open[i] as number[]).includes(b)) continue;
      if (dependent(prints[i] as Footprint, prints[i + 1] as Footprint)) continue;
      const before = path.slice(0, i);
      const [one, other] = [walk([...before, a, b]), walk([...before, b, a])];
      if (one.state === '' || other.state === '') continue;
      expect(other.state, `seed ${seed}, steps ${i} and ${i + 1}`).toBe(one.state);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(200);
});
