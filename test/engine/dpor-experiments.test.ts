// explorer: optimal DPOR on what ships with the lab, against random walks. Real drivers wait for hardware, for each
// other and for conditions; no trace that a walk meets may be missing, and where no condition is waited for, no execution
// is given up.
import { describe, expect, test } from 'vitest';
import { type Chooser, Dpor, HashedTrace, RandomChooser } from '../../main/engine/api';
import { gallery, zoo } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { loadOwn } from '../bench/load';

const MOST = 3000;
const WALKS = 100;

/** Experiment, variant, driver. */
const WITHOUT_CONDITION = [
  ['01', 'v6.1', 'smmuv3'],
  ['01', 'series-v5', 'smmuv3'],
  ['02', 'v6.12', 'plain'],
  ['05', 'v6.1', 'plain'],
  ['06', 'v6.12', 'plain'],
  ['10', 'v6.1', 'plain'],
] as const;
const WITH_CONDITION = [
  // A response and the fault queue that user space reads.
  ['04', 'v6.12', 'plain'],
  // A monitor looks at all groups there are, also when there are none.
  ['b40', 'v6.12', 'plain'],
  // A drain waits for a request that may as well not have been sent yet.
  ['b22', 'v6.12~rid-faults', 'vt-d'],
] as const;

function search(id: string, variant: string, driver: string) {
  const entry = [...gallery(), ...zoo()].find((e) => e.id.startsWith(id));
  const experiment = loadOwn(entry?.script ?? '');
  const cell = cellsOf(experiment).find((c) => c.variant === variant && c.driver === driver);
  if (cell === undefined) throw new Error(`no cell ${variant} ${driver} in ${id}`);
  const program = experimentProgram(experiment, cell);
  const told = machineFor(experiment);
  told.goesOn = true;
  const trace = new HashedTrace();
  const traceOf = (chooser: Chooser): string => {
    trace.begin();
    told.begin(chooser, null, trace);
    program(told);
    told.run();
    trace.settle();
    return trace.signature();
  };
  const m = machineFor(experiment);
  m.goesOn = true;
  const dpor = new Dpor();
  const traces = new Set<string>();
  for (let n = 0; ; n++) {
    expect(n).toBeLessThan(MOST);
    const outcome = dpor.run(m, program);
    if (outcome !== 'cut') traces.add(traceOf(dpor.again()));
    if (!dpor.next(m, outcome)) break;
  }
  const walk = new RandomChooser();
  const lost = new Set<string>();
  for (let seed = 0; seed < WALKS; seed++) {
    walk.reseed(seed);
    const met = traceOf(walk);
    if (!traces.has(met)) lost.add(met);
  }
  return { lost: lost.size, givenUp: dpor.blocked, traces: dpor.traces };
}

describe('no trace is lost', () => {
  test.each(WITHOUT_CONDITION)('%s, %s %s; none is given up', (...cell) => {
    const { lost, givenUp, traces } = search(...cell);
    expect({ lost, givenUp }).toEqual({ lost: 0, givenUp: 0 });
    expect(traces).toBeGreaterThan(5);
  });
  test.each(WITH_CONDITION)('%s, %s %s', (...cell) => {
    const { lost, traces } = search(...cell);
    expect(lost).toBe(0);
    expect(traces).toBeGreaterThan(50);
  });
});
