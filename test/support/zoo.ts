// Checks one half of the bug zoo, so that the halves run side by side: every bug shows on every
// variant where it must, and on no other. `faultline zoo` searches every cell to its end; here a
// cell gets a budget.
import { describe, expect, test } from 'vitest';
import { meets } from '../../main/runner/verdict';
import { search, survey, zooScripts } from './experiments';

const BUDGET = 1200;

/** Declare the tests of every `parts`-th script, from `part` on. */
export function zooTests(part: number, parts: number): void {
  const scripts = zooScripts().filter((_, i) => i % parts === part);
  describe.each(scripts)('%s', (file, script) => {
    test('shows where it must and nowhere else', { timeout: 240_000 }, async () => {
      const cells = await survey(script, BUDGET);
      const { bug, marking, story, expected, disputed } = (cells[0] as (typeof cells)[0])
        .description;
      expect(file.startsWith(bug.toLowerCase())).toBe(true);
      expect(marking).not.toBe('');
      expect(story.length).toBeGreaterThan(100);
      expect(Object.keys(expected)).toHaveLength(cells.length);
      for (const why of Object.values(disputed)) expect(why.length).toBeGreaterThan(10);
      for (const c of cells) {
        const wanted = expected[`${c.cell.variant} ${c.cell.driver}`] ?? '';
        // A quiet cell that ran out of its budget has not failed.
        const word = c.found.length > 0 ? 'fails' : 'holds';
        const names = c.found.map((f) => `${f.finding.checker} in ${f.finding.where}`);
        const say = `${c.cell.variant} ${c.cell.driver}: wanted ${wanted}, found ${names}`;
        if (meets(wanted, word, c.found)) continue;
        // Not found within the budget: search it to the end before complaining.
        const all = await search(script, c.cell);
        expect(meets(wanted, all.found.length > 0 ? 'fails' : 'holds', all.found), say).toBe(true);
      }
    });
  });
}
