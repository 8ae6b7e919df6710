// Ten thousand random programs, by as many processes as there are cores: see `test/bench/property.ts`.
import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const entry = join(import.meta.dirname, '../../out/main/property.js');
const PROGRAMS = 10_000;

test(`DPOR on ${PROGRAMS} random programs: every trace once, no behaviour lost`, async () => {
  const lanes = Math.min(4, availableParallelism());
  const each = Math.ceil(PROGRAMS / lanes);
  const from = (lane: number): string => String(1 + lane * 1_000_000);
  const done = await Promise.all(
    Array.from({ length: lanes }, (_, lane) =>
      run(process.execPath, [entry, from(lane), String(each)]).then(
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
}, 600_000);
