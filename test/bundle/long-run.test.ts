// bundle: long runs. They are written on two cores, to the same bytes; who waits for a file or a replay is told
// how far it is.
import { beforeAll, expect, test } from 'vitest';
import { readBundle, readLargeBundle } from '../../main/bundle/read';
import { writeBundle, writeLargeBundle } from '../../main/bundle/write';
import { exportRun } from '../../main/export/index';
import type { ExportName } from '../../preload/contract/exports';
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { ask, keptRun } from '../support/experiments';

const cell = { variant: 'v6.12', driver: 'plain' };
const SCRIPT = `import { experiment } from 'faultline';
export default experiment('long', { maxSteps: 100_000, runs: 1 }, (lab) => {
  for (const name of ['a', 'b']) {
    lab.task(name, function* () {
      for (let i = 0; i < 15_000; i++) yield* lab.mark(\`\${name} \${i}\`);
    });
  }
});
`;

let run: KeptRun;
beforeAll(async () => {
  run = await keptRun(SCRIPT, cell);
});

/** What was told: every pair, in order. */
function told(): { readonly seen: [number, number][]; readonly onMade: OnMade } {
  const seen: [number, number][] = [];
  return { seen, onMade: (done, total) => void seen.push([done, total]) };
}

/** It grows, and never beyond the whole. */
function grows(seen: [number, number][]): void {
  const done = seen.map(([d]) => d);
  expect(done).toEqual([...done].sort((a, b) => a - b));
  expect(seen.every(([d, total]) => d <= total)).toBe(true);
}

test('on two cores or on one: the same bytes', async () => {
  expect(run.columns.events).toBeGreaterThan(30_000);
  const { seen, onMade } = told();
  const bytes = await writeLargeBundle(run, 'test', { onMade });
  expect(Buffer.from(bytes).equals(writeBundle(run, 'test'))).toBe(true);
  expect(await readLargeBundle(bytes)).toEqual(readBundle(bytes));
  grows(seen);
  expect(seen.length).toBeGreaterThan(20);
});

test('exports tell how many events are in them', async () => {
  for (const name of ['perfetto', 'ftrace', 'csv', 'json', 'arrow'] satisfies ExportName[]) {
    const { seen, onMade } = told();
    const bytes = await exportRun(run, name, '', onMade);
    expect(bytes.length, name).toBeGreaterThan(100_000);
    grows(seen);
    expect(seen.length, name).toBeGreaterThan(1);
    expect(seen.every(([, total]) => total === run.columns.events)).toBe(true);
  }
});

test('a replay tells how many choices have been made', async () => {
  const seen: [number, number][] = [];
  const reply = await ask(SCRIPT, { kind: 'replay', cell, choices: run.choices }, (r) => {
    if (r.kind === 'replayed') seen.push([r.done, r.total]);
  });
  expect(reply.kind === 'replay' && reply.divergedAt).toBe(-1);
  grows(seen);
  expect(seen.length).toBeGreaterThan(2);
  expect(seen.every(([, total]) => total === run.choices.length / 3)).toBe(true);
});
