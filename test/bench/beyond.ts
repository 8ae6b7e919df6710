// Optimal DPOR against samples, on random programs too large for brute force: no trace that a random walk meets may be
// missing, none may be explored twice, and no execution given up. `node out/main/beyond.js FROM PROGRAMS FAMILY LEAST
// GREATEST MOST SAMPLES`: seed of the first program, how many, what they are made of, how many steps, executions that
// a search may take, random walks.
import {
  allCheckers,
  type Chooser,
  Dpor,
  HashedTrace,
  Machine,
  type Program,
  RandomChooser,
} from '../../main/engine/api';
import { behaviour, type Family, randomProgram, type Seen } from '../programs/random-program';

function newMachine(): Machine {
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  m.goesOn = true;
  return m;
}

/** Runs one program and says which trace each run belongs to. */
class Told {
  private readonly machine = newMachine();
  private readonly seen: Seen = { shared: null, values: [] };
  private readonly trace = new HashedTrace();
  private readonly program: Program;

  constructor(make: (seen: Seen) => Program) {
    this.program = make(this.seen);
  }

  run(chooser: Chooser): string {
    const { machine, trace } = this;
    trace.begin();
    machine.begin(chooser, null, trace);
    this.program(machine);
    machine.run();
    trace.settle();
    return `${trace.signature()} ${behaviour(machine, this.seen)}`;
  }
}

/** What is wrong with the search of a program; null when it takes too many executions. */
function judge(seed: number, steps: number, family: Family, most: number, samples: number) {
  const make = (seen: Seen): Program => randomProgram(seed, steps, seen, family);
  const m = newMachine();
  const program = make({ shared: null, values: [] });
  const search = new Dpor();
  const told = new Told(make);
  const traces = new Set<string>();
  for (let n = 0; ; n++) {
    if (n > most) return null;
    const outcome = search.run(m, program);
    if (outcome !== 'cut') traces.add(told.run(search.again()));
    if (!search.next(m, outcome)) break;
  }
  const wrong: string[] = [];
  const say = (what: string): unknown => wrong.push(`${family} ${steps} seed ${seed}: ${what}`);
  if (search.blocked > 0) say(`${search.blocked} given up`);
  if (search.traces !== traces.size) say(`${search.traces} executions, ${traces.size} traces`);
  const walk = new RandomChooser();
  const lost = new Set<string>();
  for (let i = 0; i < samples; i++) {
    walk.reseed(i);
    const met = told.run(walk);
    if (!traces.has(met)) lost.add(met);
  }
  if (lost.size > 0) say(`${lost.size} traces lost of more than ${traces.size}`);
  return { wrong, traces: traces.size };
}

const [from, programs] = process.argv.slice(2, 4).map(Number) as [number, number];
const [family, ...numbers] = process.argv.slice(4) as [Family, ...string[]];
const [least, greatest, most, samples] = numbers.map(Number) as [number, number, number, number];
let traces = 0;
let wrong = 0;
let seed = from;
for (let done = 0; done < programs; seed++) {
  const steps = least + (seed % (greatest - least + 1));
  const judged = judge(seed, steps, family, most, samples);
  if (judged === null) continue;
  done++;
  traces += judged.traces;
  wrong += judged.wrong.length;
  for (const line of judged.wrong) console.log(line);
}
console.log(`${programs} programs (${family}, seeds ${from} to ${seed - 1}), ${traces} traces`);
process.exitCode = wrong > 0 ? 1 : 0;
