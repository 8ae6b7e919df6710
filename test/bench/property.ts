// Optimal DPOR and stateful search against brute force on random small programs: the same traces, each
// once, and the same behaviours (what tasks saw, what memory holds at the end, who is stuck, what was
// found). Built like the engine and run by `test/engine/property.test.ts`: ten times as fast as there.
import {
  allCheckers,
  type Chooser,
  Dpor,
  HashedTrace,
  kindId,
  Machine,
  type Outcome,
  type Program,
  type Task,
} from '../../main/engine/api';
import { behaviour, type Family, randomProgram, type Seen } from '../programs/random-program';
import { allStates, allStatesInRounds, SMALL_SIZES } from '../support/in-rounds';

const START = kindId('task_start');

/** Every interleaving, but for the order in which tasks begin, which nobody can see. */
class BruteForce implements Chooser {
  readonly always = true;
  private stack: { at: number; n: number }[] = [];
  private depth = 0;

  rewind(): void {
    this.depth = 0;
  }

  private pick(n: number): number {
    let node = this.stack[this.depth];
    if (node === undefined) {
      node = { at: 0, n };
      this.stack.push(node);
    }
    this.depth++;
    return node.at;
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    for (let i = 0; i < n; i++) if ((runnable[i] as Task).kind === START) return i;
    return n === 1 ? 0 : this.pick(n);
  }

  pickFault(options: number): number {
    return this.pick(options);
  }

  next(): boolean {
    this.stack.length = this.depth;
    for (;;) {
      const top = this.stack.at(-1);
      if (top === undefined) return false;
      if (++top.at < top.n) return true;
      this.stack.pop();
    }
  }
}

/** What a run came to without what tasks have seen, which is no state once they have ended. */
function endOf(came: string): string {
  return JSON.stringify(JSON.parse(came).slice(1));
}

interface Explored {
  readonly executions: number;
  readonly traces: Set<string>;
  readonly behaviours: Set<string>;
}

function bruteForce(make: (seen: Seen) => Program, most: number): Explored | null {
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  m.goesOn = true;
  const seen: Seen = { shared: null, values: [] };
  const p = make(seen);
  const traces = new Set<string>();
  const behaviours = new Set<string>();
  const search = new BruteForce();
  const trace = new HashedTrace();
  let executions = 0;
  const run = (): Outcome => {
    search.rewind();
    m.begin(search, null, trace);
    p(m);
    return m.run();
  };
  do {
    if (++executions > most) return null;
    trace.follow(run);
    const came = behaviour(m, seen);
    // Answers to fault choices tell traces apart, too.
    traces.add(`${trace.signature()} ${came}`);
    behaviours.add(came);
  } while (search.next());
  return { executions, traces, behaviours };
}

function optimal(make: (seen: Seen) => Program, counts: boolean): Explored & { blocked: number } {
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  m.goesOn = true;
  const seen: Seen = { shared: null, values: [] };
  const p = make(seen);
  const behaviours = new Set<string>();
  const search = new Dpor(counts);
  let outcome: Outcome;
  do {
    outcome = search.run(m, p);
    if (outcome === 'cut') continue;
    behaviours.add(behaviour(m, seen));
  } while (search.next(m, outcome));
  const { blocked } = search;
  return { executions: search.traces, traces: new Set(), behaviours, blocked };
}

/** The ends of a program that a search of its states comes to, in one piece and in rounds, and how many states those meet. */
function ends(make: (seen: Seen) => Program) {
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  m.goesOn = true;
  const seen: Seen = { shared: null, values: [] };
  const p = make(seen);
  const noted = (into: Set<string>) => (outcome: Outcome) => {
    if (outcome !== 'cut') into.add(endOf(behaviour(m, seen)));
  };
  const whole = new Set<string>();
  const inRounds = new Set<string>();
  allStates(m, p, noted(whole));
  allStatesInRounds(m, p, SMALL_SIZES, noted(inRounds));
  // Where no step is taken before all others, all that can be reached is met.
  const states = [
    allStates(m, p, () => {}, false).states,
    allStatesInRounds(m, p, SMALL_SIZES, () => {}, false).soFar().coverage.states,
  ] as const;
  return { whole, inRounds, states };
}

/** What programs are compared. */
interface Plan {
  /** Seed of the first, and how many. */
  readonly from: number;
  readonly programs: number;
  readonly family: Family;
  /** Steps of all tasks together, from and to. */
  readonly steps: readonly [number, number];
  /** Interleavings at most: programs with more are passed over. */
  readonly most: number;
}

/** Where tasks wait for conditions, nobody knows whether one would have held earlier: some executions are in vain. */
const MAY_BE_IN_VAIN: readonly Family[] = ['waits', 'conditions', 'mixed'];

/** Compare programs; every difference is a line. */
function compare({ from, programs, family, steps, most }: Plan): string[] {
  const [least, greatest] = steps;
  const wrong: string[] = [];
  const blocked: number[] = [];
  let compared = 0;
  let executions = 0;
  let last = from;
  for (let seed = from; compared < programs; seed++) {
    const make = (seen: Seen): Program =>
      randomProgram(seed, least + (seed % (greatest - least + 1)), seen, family);
    const all = bruteForce(make, most);
    if (all === null) continue;
    last = seed;
    compared++;
    executions += all.executions;
    const wanted = new Set([...all.behaviours].map(endOf));
    const got = ends(make);
    for (const [name, met] of [
      ['states', got.whole],
      ['states in rounds', got.inRounds],
    ] as const) {
      const missing = [...wanted].filter((end) => !met.has(end));
      if (missing.length > 0) wrong.push(`seed ${seed}, ${name}: lost ${missing[0]}`);
      if (met.size > wanted.size) wrong.push(`seed ${seed}, ${name}: invents ends`);
    }
    const [inOne, inRounds] = got.states;
    if (inOne !== inRounds) wrong.push(`seed ${seed}: ${inOne} states, ${inRounds} in rounds`);
    for (const counts of [false, true]) {
      const dpor = optimal(make, counts);
      const lost = [...all.behaviours].filter((b) => !dpor.behaviours.has(b));
      const name = `seed ${seed}${counts ? ' with commuting counts' : ''}`;
      if (lost.length > 0) wrong.push(`${name}: lost ${lost[0]}`);
      if (dpor.behaviours.size > all.behaviours.size) wrong.push(`${name}: invents behaviours`);
      if (counts) continue;
      if (dpor.blocked > 0) blocked.push(seed);
      if (dpor.executions !== all.traces.size) {
        wrong.push(`${name}: ${dpor.executions} executions for ${all.traces.size} traces`);
      }
    }
  }
  console.log(`${compared} programs (seeds ${from} to ${last}), ${executions} interleavings`);
  if (blocked.length > 0 && !MAY_BE_IN_VAIN.includes(family))
    wrong.push(`blocked executions in programs ${blocked.join(', ')}`);
  return wrong;
}

const [from, programs] = process.argv.slice(2, 4).map(Number) as [number, number];
const [family = 'all', least = '2', greatest = '4', most = '300'] = process.argv.slice(4);
const wrong = compare({
  from,
  programs,
  family: family as Family,
  steps: [Number(least), Number(greatest)],
  most: Number(most),
});
for (const line of wrong.slice(0, 20)) console.log(line);
process.exitCode = wrong.length > 0 ? 1 : 0;
