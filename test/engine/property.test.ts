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
      run(process.execPath, [entry, from(lane), String(each)]).catch(
        (e) => e as { stdout: string },
      ),
    ),
  );
  for (const { stdout } of done) {
    console.log(stdout.trim());
    expect(stdout.trim()).toMatch(/^\d+ programs \(seeds \d+ to \d+\), \d+ interleavings$/);
  }
}, 600_000);
