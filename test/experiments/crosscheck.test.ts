// Stateful search, DPOR and samples agree on every shipped experiment: see `test/bench/crosscheck.ts`.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../out/main/crosscheck.js');
const BUDGET = 300;
const LANES = 2;

test('what one search has exhausted holds every finding of the others', async () => {
  const done = await Promise.all(
    Array.from({ length: LANES }, (_, lane) =>
      run(process.execPath, [entry, String(BUDGET), String(lane), String(LANES)]).then(
        ({ stdout }) => ({ stdout, failed: false }),
        (e: { stdout: string; stderr?: string }) => ({ stdout: e.stdout + e.stderr, failed: true }),
      ),
    ),
  );
  let exhausted = 0;
  for (const { stdout, failed } of done) {
    console.log(stdout.trim());
    expect(failed, stdout).toBe(false);
    exhausted += Number(/(\d+) exhausted/.exec(stdout)?.[1]);
  }
  // A comparison with nothing to compare would hold, too.
  expect(exhausted).toBeGreaterThan(150);
}, 600_000);
