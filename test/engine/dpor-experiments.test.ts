// explorer: optimal DPOR on what ships with the lab, against random walks. Real drivers wait for hardware, for each
// other and for conditions; no trace that a walk meets may be missing, and where no condition is waited for, no execution
// is given up.
import { describe, expect, test } from 'vitest';
import {
  type Chooser,
  current,
  Dpor,
  KINDS,
  RacingTrace,
  RandomChooser,
  Rng,
  type Task,
} from '../../main/engine/api';
import { dependent, Footprints } from '../../main/engine/core/footprint';
import { UNSURE } from '../../main/engine/explore/races';
import { WAITS } from '../../main/engine/explore/trace';
import { gallery, zoo } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { loadOwn } from '../bench/load';
import { Told } from '../support/told';

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

function programOf(id: string, variant: string, driver: string) {
  const entry = [...gallery(), ...zoo()].find((e) => e.id.startsWith(id));
  const experiment = loadOwn(entry?.script ?? '');
  const cell = cellsOf(experiment).find((c) => c.variant === variant && c.driver === driver);
  if (cell === undefined) throw new Error(`no cell ${variant} ${driver} in ${id}`);
  return { experiment, program: experimentProgram(experiment, cell) };
}

function search(id: string, variant: string, driver: string) {
  const { experiment, program } = programOf(id, variant, driver);
  const told = new Told(machineFor(experiment), program);
  const m = machineFor(experiment);
  m.goesOn = true;
  const dpor = new Dpor();
  const traces = new Set<string>();
  for (let n = 0; ; n++) {
    expect(n).toBeLessThan(MOST);
    const outcome = dpor.run(m, program);
    if (outcome !== 'cut') traces.add(told.run(() => dpor.again()));
    if (!dpor.next(m, outcome)) break;
  }
  const walk = new RandomChooser();
  const lost = new Set<string>();
  for (let seed = 0; seed < WALKS; seed++) {
    const met = told.run(() => {
      walk.reseed(seed);
      return walk;
    });
    if (!traces.has(met)) lost.add(met);
  }
  return { lost: lost.size, givenUp: dpor.blocked, traces: dpor.traces };
}

/** Draws tasks, and looks who can go on since the last event. */
class Watcher implements Chooser {
  readonly always = true;
  readonly footprints = new Footprints();
  readonly trace = new RacingTrace(this.footprints);
  /** Waits that an event has made or unmade which their footprint does not tell. */
  readonly untold: string[] = [];
  /** Waits that were made or unmade. */
  changes = 0;
  private readonly rng = new Rng(0);
  /** Waiting tasks: their steps, and whether they could go on. */
  private readonly before = new Map<Task, { readonly steps: number; readonly ready: boolean }>();

  begin(seed: number): void {
    this.rng.reseed(seed);
    this.trace.begin();
    this.before.clear();
  }

  pickTask(runnable: ArrayLike<Task>, n: number): number {
    this.trace.settle();
    const m = current.machine;
    const event = this.trace.table.footprint[this.trace.table.n - 1];
    for (const t of m.tasks) {
      const known = this.before.get(t);
      this.before.delete(t);
      if (!t.alive || WAITS[t.kind] !== UNSURE || m.settingUp) continue;
      const ready = Array.from(runnable).slice(0, n).includes(t);
      this.before.set(t, { steps: t.steps, ready });
      if (known?.steps !== t.steps || known.ready === ready || event === undefined) continue;
      this.changes++;
      this.footprints.begin(m, t, t.kind, t.object, t.field, t.value, undefined);
      if (dependent(this.footprints.taken(), event)) continue;
      this.untold.push(`${KINDS[t.kind]?.name} of ${t.name}`);
    }
    return this.rng.below(n);
  }

  pickFault(options: number): number {
    return this.rng.below(options);
  }
}

/** Runs after which it is known whether any op looks at everything; steps before do not tell. */
const LEARNING = 3;
const WATCHED: readonly (readonly [id: string, variant: string, driver: string])[] = [
  ...WITHOUT_CONDITION,
  ...WITH_CONDITION,
  ['03', 'v6.12', 'plain'],
  ['09', 'v6.9', 'vt-d'],
];
test.each(WATCHED)('what makes a wait possible is in its footprint: %s, %s %s', (...cell) => {
  const { experiment, program } = programOf(...cell);
  const m = machineFor(experiment);
  m.goesOn = true;
  const watcher = new Watcher();
  for (let seed = 0; seed < 2 * WALKS; seed++) {
    if (seed === LEARNING) watcher.untold.length = 0;
    watcher.begin(seed);
    m.begin(watcher, null, watcher.trace);
    program(m);
    m.run();
  }
  expect([...new Set(watcher.untold)]).toEqual([]);
  expect(watcher.changes).toBeGreaterThan(100);
});

describe('no trace is lost', () => {
  test.each(WITHOUT_CONDITION)('%s, %s %s; none is given up', (...cell) => {
    const { lost, givenUp, traces } = search(...cell);
    expect({ lost, givenUp }).toEqual({ lost: 0, givenUp: 0 });
    expect(traces).toBeGreaterThan(5);
  });
  test.each(WITH_CONDITION)('%s, %s %s', (...cell) => {
    const { lost, givenUp, traces } = search(...cell);
    expect(lost).toBe(0);
    expect(traces).toBeGreaterThan(5);
    // Whether a condition would have held earlier is not always known before it is tried.
    expect(givenUp).toBeLessThanOrEqual(traces / 5);
  });
});
