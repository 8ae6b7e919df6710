// runner: a function of the kernel model becomes a patch of a script, and runs as it did; changed, it behaves as
// changed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { patchOf, withPatch } from '../../main/runner/patch';
import { galleryScripts, keptRun, ROOT } from '../support/experiments';

const source = (file: string): string => readFileSync(join(ROOT, 'main', file), 'utf8');
const script = galleryScripts()[0]?.[1] ?? '';

describe('a function of every run of the first experiment', () => {
  test.each([
    { variant: 'v6.1', driver: 'smmuv3' },
    { variant: 'series-v5', driver: 'smmuv3' },
    { variant: 'v6.12', driver: 'smmuv3' },
  ])(
    '$variant: each kernel function that ran can be patched, and the verdict stays',
    async (cell) => {
      const before = await keptRun(script, cell);
      const { columns } = before;
      const used = new Set(columns.stacks.flatMap((s) => s.filter((_, i) => i % 2 === 0)));
      let patched = 0;
      for (const f of columns.functions) {
        if (!used.has(f.id) || !/^engine\/(kernel\/io-pgfault|variants\/)/.test(f.file)) continue;
        let after: Awaited<ReturnType<typeof keptRun>>;
        try {
          after = await keptRun(withPatch(script, patchOf(source(f.file), f.file, f.name)), cell);
        } catch (e) {
          // Helpers are not in the variant's table: they cannot be replaced by themselves.
          const why = new RegExp(`(has no function|no kernel function) "?${f.name}`);
          expect((e as Error).message).toMatch(why);
          continue;
        }
        expect(after.verdict.verdict, f.name).toBe(before.verdict.verdict);
        expect(after.findings[0]?.where, f.name).toBe(before.findings[0]?.where);
        patched++;
      }
      expect(patched).toBeGreaterThan(2);
    },
  );
});

test('what is changed in the patch changes the verdict', async () => {
  const cell = { variant: 'v6.1', driver: 'smmuv3' };
  const file = 'engine/kernel/io-pgfault.ts';
  const fn = 'iommu_unregister_device_fault_handler';
  const made = withPatch(script, patchOf(source(file), file, fn));
  // Nothing is freed any more: the use after free is gone, and what leaks is found.
  const leaky = made.replace(/yield\* kfree\(fp\);/, '');
  expect(leaky).not.toBe(made);
  const run = await keptRun(leaky, cell);
  expect(run.verdict.found.map((f) => f.finding.checker)).not.toContain('use-after-free');
  expect(run.verdict.sentence).not.toContain('use-after-free');
});

test('what cannot be patched is said', () => {
  const file = 'engine/kernel/io-pgfault.ts';
  expect(() => patchOf(source(file), file, 'no_such_function')).toThrow(
    'has no kernel function no_such_function',
  );
  expect(() => withPatch('export default 1;', '')).toThrow('has no body');
});
