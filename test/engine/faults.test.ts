// Fault points: the list is what exists, each fires in some experiment, and the knobs do what the
// kernel's fault-injection framework says.
import { expect, test } from 'vitest';
import { FAULT_POINTS } from '../../main/engine/api';
import { galleryScripts, search, survey, zooScripts } from '../support/experiments';

test('every fault point fires in some experiment', { timeout: 120_000 }, async () => {
  const names = FAULT_POINTS.map((p) => p.name).sort();
  const fired = new Set<string>();
  const note = async (script: string, runs: number): Promise<void> => {
    for (const cell of await survey(script, runs)) for (const f of cell.fired) fired.add(f);
  };
  // The experiment with most of them, to its end; of the others a few executions do.
  const [, rough] = galleryScripts().find(([file]) => file.startsWith('09')) ?? ['', ''];
  await note(rough, 10_000);
  for (const runs of [40, 400]) {
    for (const [, script] of [...galleryScripts(), ...zooScripts()]) {
      if (fired.size < names.length) await note(script, runs);
    }
  }
  expect([...fired].sort()).toEqual(names);
});

/** How many of five allocations fail, over all runs of a search. */
async function failures(knobs: string): Promise<string[]> {
  const script = `
import { experiment } from 'faultline';
export default experiment('t', { variants: ['v6.12'], drivers: ['plain'], preemptions: 0 }, (lab) => {
  lab.inject.allocFailure({ object: 'iopf_queue', ${knobs} });
  lab.task('t', function* () {
    let pattern = '';
    for (let i = 0; i < 5; i++) {
      const q = yield* lab.kernel.ops.iopf_queue_alloc(lab.kernel, 'q');
      pattern += q === null ? 'x' : '.';
      if (q !== null) yield* lab.kernel.ops.iopf_queue_free(lab.kernel, q);
    }
    yield* lab.expect.ok(false, pattern);
  });
});`;
  const reply = await search(script, { variant: 'v6.12', driver: 'plain' });
  return reply.found.map((f) => f.finding.message).sort();
}

test.each([
  ['probability: 100', ['x....']],
  ['probability: 100, times: 2', ['xx...']],
  ['probability: 100, space: 2', ['..x..']],
  ['probability: 100, times: 3, interval: 2', ['x.x.x']],
  ["probability: 100, in: 'nowhere'", ['.....']],
  ["probability: 100, task: 't'", ['x....']],
  ["probability: 100, where: (s) => s.fn === 'iopf_queue_alloc', times: 5", ['xxxxx']],
  ['probability: 50', ['....x', '...x.', '..x..', '.x...', 'x....', '.....'].sort()],
])('knobs { %s }', async (knobs, patterns) => {
  expect(await failures(knobs)).toEqual(patterns);
});
