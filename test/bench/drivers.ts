// Random small experiments with real drivers: no trace that a random walk meets may be missing from optimal DPOR, none
// may be explored twice, cut into parts or not, and no search that is complete may lack a finding of another one.
// `node out/main/drivers.js FROM EXPERIMENTS LEAST GREATEST MOST WALKS`: seed of the first, how many, verbs of all tasks
// together, executions that a search may take, random walks.
import { Dpor, RandomChooser, type Strategy } from '../../main/engine/api';
import { experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { randomLab } from '../programs/random-lab';
import { differences, searched } from '../support/agreement';
import { inParts } from '../support/in-parts';
import { type Judged, tally } from '../support/tally';
import { Told } from '../support/told';

const [from, experiments, least, greatest, most, walks] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const DPOR: Strategy = { kind: 'dpor', counts: false };
const EXHAUSTIVE: readonly Strategy[] = [
  { kind: 'stateful' },
  DPOR,
  { kind: 'dpor', counts: true },
];
const SAMPLES: Strategy = { kind: 'pct', seed: 1, depth: 3 };
/** Parts that a search by traces is cut into, too. */
const PARTS = 16;

/** What is wrong with the searches of an experiment; null when one by traces takes too many executions. */
function judge(seed: number, steps: number): Judged | null {
  const { experiment, cell } = randomLab(seed, steps);
  const program = experimentProgram(experiment, cell);
  const m = machineFor(experiment);
  m.goesOn = true;
  const told = new Told(machineFor(experiment), program);
  const dpor = new Dpor();
  const traces = new Set<string>();
  for (let n = 0; ; n++) {
    if (n > most) return null;
    const outcome = dpor.run(m, program);
    if (outcome !== 'cut') traces.add(told.run(() => dpor.again()));
    if (!dpor.next(m, outcome)) break;
  }
  const wrong: string[] = [];
  if (dpor.traces !== traces.size) wrong.push(`${dpor.traces} executions, ${traces.size} traces`);
  const walk = new RandomChooser();
  const lost = new Set<string>();
  for (let i = 0; i < walks; i++) {
    const met = told.run(() => {
      walk.reseed(i);
      return walk;
    });
    if (!traces.has(met)) lost.add(met);
  }
  if (lost.size > 0) wrong.push(`${lost.size} traces lost of more than ${traces.size}`);
  const results = EXHAUSTIVE.map((s) => searched(experiment, program, s, 10 * most));
  results.push(searched(experiment, program, SAMPLES, walks));
  const cut = { strategy: DPOR, budget: 10 * most };
  const parts = inParts(() => machineFor(experiment), program, cut, PARTS);
  if (parts !== null) {
    const { coverage, found } = parts.campaign;
    results.push({ name: 'in parts', coverage, found: new Set(found.keys()), ms: 0 });
    if (coverage.traces !== traces.size) wrong.push(`${coverage.traces} traces in parts`);
  }
  wrong.push(...differences(results.filter((r) => r !== null)));
  const name = `${cell.variant} ${cell.driver}, ${steps} verbs, seed ${seed}`;
  return { wrong: wrong.map((w) => `${name}: ${w}`), traces: traces.size, givenUp: dpor.blocked };
}

tally(
  from,
  experiments,
  (seed) => judge(seed, least + (seed % (greatest - least + 1))),
  (seeds) => `experiments (${seeds})`,
);
