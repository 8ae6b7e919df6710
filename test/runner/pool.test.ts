// runner: who shares a search out goes on with a kernel in the process that has begun it, and does without one that
// has failed.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { type Help, Pool, Stopped } from '../../main/runner/pool';
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

test('who has nothing else to do helps, until it is needed', async () => {
  pool = new Pool(entry, 2);
  let helpers = 0;
  let most = 0;
  const stops: (() => void)[] = [];
  const help: Help = {
    about: 'a plain',
    begin: (confined) => {
      most = Math.max(most, ++helpers);
      return new Promise((done) => {
        const stop = (): void => {
          helpers--;
          done(false);
        };
        confined.stop = stop;
        stops.push(stop);
      });
    },
  };
  pool.help(help);
  const one = pidOf(await pool.ask(about('a'), {}));
  await vi.waitFor(() => expect(helpers).toBe(2));
  // Both help now; one of them is called back.
  const asked = [pidOf(await pool.ask(about('a'), {})), pidOf(await pool.ask(about('b'), {}))];
  expect([one, ...asked].every((pid) => typeof pid === 'number')).toBe(true);
  await vi.waitFor(() => expect(helpers).toBe(2));
  pool.helpNoMore(help);
  await vi.waitFor(() => expect(helpers).toBe(0));
  expect(most).toBe(2);
  const done = stops.length;
  await pool.ask(about('a'), {});
  expect(stops).toHaveLength(done);
});

test('when it is stopped, what waits is not begun, but for what is asked for all the same', async () => {
  pool = new Pool(entry, 1);
  const asked = [pool.ask(about('a'), {}), pool.ask(about('b'), {})];
  await asked[0];
  pool.stop();
  await expect(asked[1]).rejects.toThrow(Stopped);
  expect(typeof pidOf(await pool.ask(about('a'), {}, true))).toBe('number');
});
