// shrink: what is known of schedules with few preemptions is shared by all findings of a campaign, and changes none of them.
import { describe, expect, test } from 'vitest';
import {
  BoundedSearch,
  Campaign,
  type Machine,
  type Program,
  runOnce,
} from '../../main/engine/api';
import { explainAll } from '../../main/engine/explore/explain';
import { FewPreemptions } from '../../main/engine/explore/fewer';
import { gallery } from '../../main/ipc/texts';
import { cellsOf, experimentProgram } from '../../main/runner/lab-api';
import { machineFor } from '../../main/runner/searching';
import { loadOwn } from '../bench/load';
import { seed } from '../programs/seed';
import { machine } from '../support/world';

/** Whether and after how many executions a search of its own comes to a finding. */
function alone(m: Machine, program: Program, identity: string, bound: number, most: number) {
  const search = new BoundedSearch(bound);
  for (let executions = 1; executions <= most; executions++) {
    search.rewind();
    runOnce(m, program, search);
    if (m.findings.some((f) => f.identity === identity)) return { executions, found: true };
    if (!search.advance()) return { executions, found: false };
  }
  return { executions: most, found: null };
}

describe('schedules with few preemptions', () => {
  test('are looked at as far as each of those who ask may go, and not once more than needed', () => {
    const program = seed('legacy', 2, 2, 1);
    const m = machine();
    const c = new Campaign(m, program, { strategy: { kind: 'bounded', bound: 2 }, budget: 4000 });
    while (!c.slice(500)) {}
    const identities = c.findings().map((f) => f.finding.identity);
    expect(identities.length).toBeGreaterThan(1);
    const few = new FewPreemptions(m, program);
    // Who may go far asks before who may not, and the other way round.
    for (const most of [10, 4000, 30, 0]) {
      for (const bound of [0, 1, 2]) {
        for (const identity of [...identities, 'none such']) {
          const wanted = alone(machine(), program, identity, bound, most);
          const { choices, executions, known } = few.first(identity, bound, most);
          expect(known).toBe(wanted.found !== null);
          expect(choices !== null).toBe(wanted.found === true);
          expect(executions).toBe(wanted.executions);
        }
      }
    }
  });

  for (const [id, variant] of [
    ['03', 'series-v5'],
    ['04', 'v6.1'],
    ['06', 'v6.12'],
    ['08', 'v6.1'],
    ['10', 'v6.12'],
  ] as const) {
    test(`each finding of ${id} on ${variant} is explained as if it were the only one`, () => {
      const experiment = loadOwn(gallery().find((e) => e.id.startsWith(id))?.script ?? '');
      const cell = cellsOf(experiment).find((c) => c.variant === variant);
      if (cell === undefined) throw new Error(`no cell ${variant}`);
      const program = experimentProgram(experiment, cell);
      const c = new Campaign(machineFor(experiment), program, {
        strategy: { kind: 'random', seed: 1 },
        budget: 1500,
      });
      while (!c.slice(500)) {}
      const all = c.findings();
      expect(all.length).toBeGreaterThan(2);
      const m = machineFor(experiment);
      const one = all.flatMap((f) => explainAll(m, program, [f]));
      expect(c.explained(all.length)).toEqual(one);
    });
  }
});
