// runner: who shares a search out goes on with a kernel in the process that has begun it, and does without one that
// has failed.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { Pool, Stopped } from '../../main/runner/pool';
import type { RunnerReply, RunnerRequest } from '../../main/runner/protocol';

const REQUESTS = 6;

/** Stands for the confined process: answers with its number, and ends when it is told to. */
const entry = join(mkdtempSync(join(tmpdir(), 'pool-')), 'runner.js');
writeFileSync(
  entry,
  `process.on('message', ({ code }) => {
    if (code === undefined) return;
    if (code === 'end') process.exit(1);
    setTimeout(() => process.send({ kind: 'described', description: process.pid }), 5);
  });`,
);

let pool: Pool;
afterEach(() => pool.close());

const about = (variant: string, code = ''): RunnerRequest =>
  ({ kind: 'share', code, name: '', cell: { variant, driver: 'plain' } }) as RunnerRequest;
const pidOf = (reply: RunnerReply): unknown => (reply as { description?: unknown }).description;

/** Ask for a cell again and again, as many at a time as there are processes; notes who did what. */
async function search(cell: string, done: [pid: unknown, cell: string][]): Promise<void> {
  let left = REQUESTS;
  const lane = async (): Promise<void> => {
    while (left-- > 0) done.push([pidOf(await pool.ask(about(cell), {})), cell]);
  };
  await Promise.all(Array.from({ length: pool.size }, lane));
}

test.each([1, 2, 3])('%i processes: none comes back to a cell that it has left', async (size) => {
  pool = new Pool(entry, size);
  const done: [unknown, string][] = [];
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map((cell) => search(cell, done)));
  expect(done).toHaveLength(5 * REQUESTS);
  const pids = [...new Set(done.map(([pid]) => pid))];
  expect(pids).toHaveLength(size);
  for (const pid of pids) {
    const cells = done.flatMap(([p, cell]) => (p === pid ? [cell] : []));
    const begun = cells.filter((cell, i) => cell !== cells[i - 1]);
    expect(begun).toEqual([...new Set(begun)]);
  }
});

test('one that has failed is not asked again', async () => {
  pool = new Pool(entry, 1);
  const first = pidOf(await pool.ask(about('a'), {}));
  await expect(pool.ask(about('a', 'end'), {})).rejects.toThrow('ended by itself');
  const second = pidOf(await pool.ask(about('a'), {}));
  expect([typeof second, second === first]).toEqual(['number', false]);
});

test('a request is tailored to the process that has it', async () => {
  pool = new Pool(entry, 2);
  const had = new Map<unknown, number>();
  const ask = async (): Promise<void> => {
    let before = 0;
    const reply = await pool.ask(about('a'), {}, false, (confined) => {
      before = had.get(confined) ?? 0;
      had.set(confined, before + 1);
      return about('a', `request ${before}`);
    });
    expect(typeof pidOf(reply)).toBe('number');
  };
  for (let i = 0; i < REQUESTS; i++) await Promise.all([ask(), ask()]);
  expect([...had.values()]).toEqual([REQUESTS, REQUESTS]);
});

test('when it is stopped, what waits is not begun, but for what is asked for all the same', async () => {
  pool = new Pool(entry, 1);
  const asked = [pool.ask(about('a'), {}), pool.ask(about('b'), {})];
  await asked[0];
  pool.stop();
  await expect(asked[1]).rejects.toThrow(Stopped);
  expect(typeof pidOf(await pool.ask(about('a'), {}, true))).toBe('number');
});
