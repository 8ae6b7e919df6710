// explorer: a state is the same however it was reached. Two steps that have nothing to do with each other lead to the same
// one in either order, in random experiments with real drivers.
import { expect, test } from 'vitest';
import {
  allCheckers,
  type Chooser,
  current,
  Machine,
  type Program,
  Rng,
  type Task,
} from '../../main/engine/api';
import { dependent, type Footprint, Footprints } from '../../main/engine/core/footprint';
import { fieldsHash } from '../../main/engine/explore/fields-hash';
import { StateHash } from '../../main/engine/explore/state-hash';
import { experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { randomLab } from '../programs/random-lab';
import { FAMILIES, type Family, randomProgram } from '../programs/random-program';

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

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    const { path, end } = this;
    if (path.length > 0) this.prints.push(this.footprints.taken());
    if (end.length > 0 && path.length === end.length) {
      // Who has broken something may keep others from reporting what they would have.
      if (current.machine.findings.length > 0) return -1;
      this.take(current.machine);
      this.state = `${this.high} ${this.low}`;
      return -1;
    }
    const ids = Array.from(runnable)
      .slice(0, n)
      .map((t) => t.id);
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

/** Draws everything, and notes what each step leads to from each state. */
class Facts extends StateHash implements Chooser {
  readonly always = true;
  /** By state and step: the state it leads to, and who can go on there. */
  private readonly known = new Map<string, string>();
  private step = '';
  /** Steps that have led somewhere else; and how many were met more than once. */
  readonly wrong: string[] = [];
  met = 0;

  constructor(private readonly rng: Rng) {
    super();
  }

  override begin(): void {
    super.begin();
    this.step = '';
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    this.take(current.machine);
    const state = `${this.high} ${this.low}`;
    const keys = Array.from(runnable)
      .slice(0, n)
      .map((t) => t.key);
    if (this.step !== '') {
      const leadsTo = `${state}: ${[...keys].sort()}`;
      const before = this.known.get(this.step);
      if (before !== undefined) this.met++;
      if (before !== undefined && before !== leadsTo) this.wrong.push(this.step);
      this.known.set(this.step, leadsTo);
    }
    const pick = this.rng.below(n);
    this.step = `${state} ${keys[pick]}`;
    return pick;
  }

  pickFault(options: number): number {
    const answer = this.rng.below(options);
    this.step += ` ${answer}`;
    return answer;
  }
}

/** What random walks see that does not follow from the hash of a state; how many steps they have met again. */
function walks(m: Machine, program: Program, n: number, rng: Rng): Facts {
  const facts = new Facts(rng);
  for (let i = 0; i < n; i++) {
    facts.begin();
    m.begin(facts, null, facts);
    program(m);
    m.run();
  }
  return facts;
}

// What a search of states leaves out, and what others tell it, rests on this.
test('from one state a step leads to one state: random experiments', { timeout: 60_000 }, () => {
  let met = 0;
  for (let seed = 1; seed <= 150; seed++) {
    const { experiment, cell } = randomLab(60_000 + seed, 4);
    const facts = walks(
      machineFor(experiment),
      experimentProgram(experiment, cell),
      25,
      new Rng(seed),
    );
    expect(facts.wrong, `seed ${seed}`).toEqual([]);
    met += facts.met;
  }
  expect(met).toBeGreaterThan(10_000);
});

test.each(Object.keys(FAMILIES) as Family[])(
  'from one state a step leads to one state: random programs, %s',
  { timeout: 60_000 },
  (family) => {
    for (let seed = 1; seed <= 60; seed++) {
      const seen = { shared: null, values: [] };
      const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
      const program = randomProgram(70_000 + seed, 5 + (seed % 6), seen, family);
      expect(walks(m, program, 60, new Rng(seed)).wrong, `seed ${seed}`).toEqual([]);
    }
  },
);

const EXPERIMENTS = 200;
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

/** Hash of what a thing holds. */
function held(o: object): string {
  const values = new StateHash();
  const high = fieldsHash(o)(values, o, 0);
  return `${high} ${values.thingLow}`;
}

test('what a thing holds is told apart, whatever its fields are called', () => {
  class Odd {
    'a b' = 1;
    plain: unknown = null;
  }
  class Even {
    plain: unknown = null;
  }
  const values = [
    0,
    1,
    -1,
    2 ** 40,
    null,
    undefined,
    true,
    false,
    '',
    'x',
    [],
    [1],
    new Map([[1, 2]]),
    { a: 1 },
  ];
  for (const made of [Odd, Even]) {
    const hashes = values.map((v) => held(Object.assign(new made(), { plain: v })));
    expect(new Set(hashes).size).toBe(values.length);
    // A second look sees the same: what is kept of the value before is its own.
    expect(values.map((v) => held(Object.assign(new made(), { plain: v })))).toEqual(hashes);
  }
  expect(held(Object.assign(new Odd(), { 'a b': 2 }))).not.toBe(held(new Odd()));
  expect(held({ a: 1 })).not.toBe(held({ a: 2 }));
  expect(held({ a: 1, b: 1 })).not.toBe(held({ a: 1 }));
});
