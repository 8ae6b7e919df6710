// Random programs against brute force, by as many processes as there are cores: see `test/bench/property.ts`. Ten
// thousand small ones made of everything, and larger ones.
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

/** Larger ones, each about one thing; readers make way for writers that arrive, which is the hardest to get right. */
const LARGER = [
  ['readers', 200],
  ['locks', 40],
  ['references', 40],
  ['completions', 40],
  ['rcu', 40],
  ['work', 40],
] as const;
test.each(LARGER)(
  'and on larger ones about %s (%i)',
  async (family, programs) => {
    await compare(programs, [family, 4, 6, 800]);
  },
  600_000,
);
