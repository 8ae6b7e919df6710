// Determinism: every experiment, twice, in two processes, gives the same runs.
import { describe, expect, test } from 'vitest';
import { Jobs } from '../../main/runner/jobs';
import { galleryScripts, ROOT, survey, zooScripts } from '../support/experiments';

const RUNS = 25;

describe.each([...galleryScripts(), ...zooScripts()])('%s', (_file, script) => {
  test('the same chain hashes here and in a confined process', { timeout: 60_000 }, async () => {
    const here = (await survey(script, RUNS)).map((c) => [c.cell, c.chain, c.executions]);
    const there: unknown[] = [];
    const jobs = new Jobs(`${ROOT}/out/main/runner.js`);
    await jobs.survey(script, (c) => there.push([c.cell, c.chain, c.executions]), { runs: RUNS });
    expect(there).toEqual(here);
    expect(here.length).toBeGreaterThan(0);
  });
});
