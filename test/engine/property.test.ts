// Random programs against brute force, by as many processes as there are cores: see `test/bench/property.ts`. Ten
// thousand small ones made of everything, and larger ones about the lock whose readers make way for writers.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../out/main/property.js');

/** @param plan family, steps from and to, interleavings at most */
async function compare(programs: number, plan: readonly (string | number)[]): Promise<void> {
  const lanes = Math.min(4, availableParallelism());
  const each = Math.ceil(programs / lanes);
  const done = await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      run(process.execPath, [entry, ...[1 + lane * 1_000_000, each, ...plan].map(String)]).then(
        ({ stdout }) => ({ stdout, failed: false }),
        (e: { stdout: string }) => ({ stdout: e.stdout, failed: true }),
      ),
    ),
  );
  for (const { stdout, failed } of done) {
    console.log(stdout.trim());
    expect(failed, stdout).toBe(false);
    expect(stdout).toMatch(/^\d+ programs/);
  }
}

const SMALL = 10_000;
test(`DPOR on ${SMALL} random programs: every trace once, no behaviour lost`, async () => {
  await compare(SMALL, ['all', 2, 4, 300]);
}, 600_000);

const LARGER = 400;
test(`and on ${LARGER} larger ones of readers and writers`, async () => {
  await compare(LARGER, ['readers', 4, 5, 1000]);
}, 600_000);
