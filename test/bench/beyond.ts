// Optimal DPOR against samples, on random programs too large for brute force: no trace that a random walk meets may be
// missing, and none may be explored twice. Executions that were given up are counted: there should be none.
// `node out/main/beyond.js FROM PROGRAMS FAMILY LEAST GREATEST MOST SAMPLES`: seed of the first program, how many, what
// they are made of, how many steps, executions that a search may take, random walks.
import {
  allCheckers,
  type Chooser,
  Dpor,
  Machine,
  type Program,
  RandomChooser,
} from '../../main/engine/api';
import { behaviour, type Family, randomProgram, type Seen } from '../programs/random-program';
import { type Judged, tally } from '../support/tally';
import { Told } from '../support/told';

function newMachine(): Machine {
  return new Machine({ timed: false, maxSteps: 500 }, allCheckers());
}

/** Runs one program: which trace a run belongs to, and what it came to. */
function toldBy(make: (seen: Seen) => Program) {
  const seen: Seen = { shared: null, values: [] };
  const told = new Told(newMachine(), make(seen));
  return (choose: () => Chooser): readonly [trace: string, behaviour: string] => [
    told.run(choose),
    behaviour(told.machine, seen),
  ];
}

interface Explored {
  readonly traces: Set<string>;
  readonly behaviours: Set<string>;
  readonly executions: number;
  readonly givenUp: number;
}

/** Search a program; null when that takes too many executions. */
function explore(make: (seen: Seen) => Program, counts: boolean, most: number): Explored | null {
  const m = newMachine();
  m.goesOn = true;
  const program = make({ shared: null, values: [] });
  const search = new Dpor(counts);
  const told = toldBy(make);
  const traces = new Set<string>();
  const behaviours = new Set<string>();
  for (let n = 0; ; n++) {
    if (n > most) return null;
    const outcome = search.run(m, program);
    if (outcome !== 'cut') {
      const [trace, came] = told(() => search.again());
      traces.add(trace);
      behaviours.add(came);
    }
    if (!search.next(m, outcome)) break;
  }
  return { traces, behaviours, executions: search.traces, givenUp: search.blocked };
}

/** What is wrong with the search of a program; null when it takes too many executions. */
function judge(
  seed: number,
  steps: number,
  family: Family,
  most: number,
  samples: number,
): Judged | null {
  const make = (seen: Seen): Program => randomProgram(seed, steps, seen, family);
  const all = explore(make, false, most);
  if (all === null) return null;
  // With counts that commute it takes fewer executions, or the same.
  const fewer = explore(make, true, most);
  const wrong: string[] = [];
  const say = (what: string): unknown => wrong.push(`${family} ${steps} seed ${seed}: ${what}`);
  const { size } = all.traces;
  if (all.executions !== size) say(`${all.executions} executions, ${size} traces`);
  const walk = new RandomChooser();
  const told = toldBy(make);
  const lost = new Set<string>();
  const unseen = new Set<string>();
  for (let i = 0; i < samples; i++) {
    const [trace, came] = told(() => {
      walk.reseed(i);
      return walk;
    });
    if (!all.traces.has(trace)) lost.add(trace);
    if (fewer !== null && !fewer.behaviours.has(came)) unseen.add(came);
  }
  if (lost.size > 0) say(`${lost.size} traces lost of more than ${size}`);
  if (unseen.size > 0) say(`${unseen.size} behaviours lost by counts that commute`);
  return { wrong, traces: size, givenUp: all.givenUp };
}

const [from, programs] = process.argv.slice(2, 4).map(Number) as [number, number];
const [family, ...numbers] = process.argv.slice(4) as [Family, ...string[]];
const [least, greatest, most, samples] = numbers.map(Number) as [number, number, number, number];
tally(
  from,
  programs,
  (seed) => judge(seed, least + (seed % (greatest - least + 1)), family, most, samples),
  (seeds) => `programs (${family}, ${seeds})`,
);
