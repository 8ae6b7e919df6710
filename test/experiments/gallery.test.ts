// gallery: every experiment gives the verdict it expects in every cell, and gives it again.
import { describe, expect, test } from 'vitest';
import { compileScript } from '../../main/runner/compile';
import { execute } from '../../main/runner/execute';
import { verdictOf } from '../../main/runner/verdict';
import { galleryScripts, search } from '../support/experiments';

const scripts = galleryScripts();
const BUDGET = 3000;
const evaluate = (code: string): unknown => new Function(`return ${code}`)();

describe.each(scripts)('%s', (_file, script) => {
  test('each cell gives the expected verdict', { timeout: 240_000 }, async () => {
    const reply = await execute(
      { kind: 'describe', code: compileScript(script), name: 'experiment.ts' },
      evaluate,
      async () => true,
    );
    if (reply.kind !== 'described') throw new Error(reply.kind);
    const { cells, expected, story } = reply.description;
    expect(story.length).toBeGreaterThan(100);
    expect(Object.keys(expected)).toHaveLength(cells.length);
    for (const cell of cells) {
      // A finding is there soon; that nothing is found takes a search to the end.
      const early = verdictOf(cell, await search(script, cell, { runs: BUDGET }));
      if (early.verdict === 'fails' && early.asExpected) continue;
      const verdict = verdictOf(cell, await search(script, cell));
      expect(verdict.asExpected, `${cell.variant} ${cell.driver}: ${verdict.sentence}`).toBe(true);
      expect(verdict.verdict).not.toBe('unknown');
    }
  });

  test('the same search gives the same bytes', async () => {
    const cell = { variant: 'series-v5', driver: 'plain' };
    const options = { strategy: { kind: 'random' as const, seed: 7 }, runs: 300 };
    const a = await search(script, cell, options);
    const b = await search(script, cell, options);
    expect(b.run.columns.chain).toEqual(a.run.columns.chain);
    expect(b.found).toEqual(a.found);
    expect(b.run.choices).toEqual(a.run.choices);
  });
});
