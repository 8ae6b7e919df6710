// tidy: the vocabulary and what uses it belong together.
import { describe, expect, test } from 'vitest';
import { functions, KINDS } from '../../main/engine/api';
import { galleryScripts, search } from '../support/experiments';

describe('vocabulary', () => {
  test('every kind has a plain-language text', () => {
    for (const k of KINDS) expect(k.text.length, k.name).toBeGreaterThan(8);
    expect(new Set(KINDS.map((k) => k.name)).size).toBe(KINDS.length);
  });

  test('the gallery performs most kinds', async () => {
    const seen = new Set<string>();
    for (const [, script] of galleryScripts()) {
      for (const variant of ['v6.1', 'v6.12']) {
        for (const driver of ['plain', 'vt-d', 'smmuv3']) {
          const strategy = { kind: 'random' as const, seed: 1 };
          const r = await search(script, { variant, driver }, { strategy, runs: 40 });
          for (const k of r.run.columns.kind) seen.add(KINDS[k]?.name ?? '');
        }
      }
    }
    const missing = KINDS.map((k) => k.name).filter((n) => !seen.has(n));
    console.log(`op kinds that no gallery run performs: ${missing.join(', ')}`);
    expect(missing.length).toBeLessThan(KINDS.length / 3);
  });
});

test('every modelled kernel function names its upstream file, or says how it deviates', () => {
  const models = functions().filter((f) => /^engine\/(kernel|variants)\//.test(f.file));
  expect(models.length).toBeGreaterThan(80);
  for (const f of models) expect(f.upstream + f.deviates, `${f.file}: ${f.name}`).not.toBe('');
});
