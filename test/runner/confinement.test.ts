// confinement: a stranger's script in the built runner. It can take its process down, not the lab.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { Jobs } from '../../main/runner/jobs';
import { ROOT } from '../support/experiments';

const entry = join(ROOT, 'out/main/runner.js');
const jobs = new Jobs(entry);
const cell = { variant: 'v6.12', driver: 'plain' };

beforeAll(() => {
  if (!existsSync(entry)) throw new Error('out/main/runner.js is missing: npm test builds it');
});

const wrap = (body: string): string =>
  `import { experiment } from 'faultline';\nexport default experiment('t', {}, (lab) => {\n${body}\n});\n`;

async function failure(body: string, options = {}): Promise<string> {
  try {
    await jobs.search(wrap(body), cell, null, options);
  } catch (e) {
    return (e as Error).message;
  }
  return 'ran';
}

test('a good script runs', async () => {
  const run = await jobs.search(
    wrap('lab.task("a", function* () {\nyield* lab.mark("hi");\n});'),
    cell,
    null,
  );
  expect(run.verdict.verdict).toBe('holds');
  expect(run.log.map((l) => l.text)).toEqual(['hi']);
});

describe('ends with a sentence', () => {
  test('endless loop', async () => {
    expect(await failure('for (;;) {}', { silenceMs: 1500 })).toMatch(/endless loop/);
  });
  test('endless loop in a task', async () => {
    const body = 'lab.task("a", function* () {\nfor (;;) {}\n});';
    expect(await failure(body, { silenceMs: 1500 })).toMatch(/endless loop/);
  });
  test('endless task', async () => {
    const run = await jobs.search(
      wrap('lab.task("a", function* () {\nfor (;;) yield* lab.sleep(1);\n});'),
      cell,
      null,
      { runs: 2 },
    );
    expect(run.verdict.sentence).toMatch(/livelock: a repeats the same 1 step for ever/);
  });
  test('memory bomb', { timeout: 120_000 }, async () => {
    const body = 'const a = [];\nfor (;;) a.push(new Array(1e6).fill({}));';
    expect(await failure(body, { silenceMs: 90_000 })).toMatch(/memory/);
  });
  test('deep recursion', async () => {
    expect(await failure('const f = () => f() + 1;\nf();')).toMatch(/line 3: .*call stack/);
  });
  test('an exception names the script’s own line', async () => {
    expect(await failure('const a = 1;\nlab.task("x", function* () {\n  null.foo;\n});')).toMatch(
      /^line 5: /,
    );
  });
  test('an op nobody waits for names its line', async () => {
    const body =
      'lab.task("a", function* () {\n  const s = lab.mark("x");\n  yield* lab.mark("y");\n});';
    expect(await failure(body)).toMatch(/line [45]: "lab.mark" was started but not waited for/);
  });
  test('cancelled', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(), 300);
    expect(await failure('for (;;) {}', { signal: abort.signal })).toBe('cancelled');
  });
});

describe('options that make no sense are named', () => {
  const opened = (options: string): Promise<string> =>
    jobs
      .describe(wrap('').replace('{}', options))
      .then(() => 'fine')
      .catch((e: Error) => e.message);
  test.each([
    ["{ variants: ['v9'] }", /no kernel variant "v9"; known: v6.1/],
    ["{ drivers: ['x86'] }", /no IOMMU driver "x86"; known: vt-d/],
    ['{ preemptions: -1 }', /"preemptions" is a whole number/],
    ['{ premptions: 1 }', /has no option "premptions"/],
    ["{ expected: { 'v6.1 magic': 'holds' } }", /"expected" names "v6.1 magic"; the cells are/],
  ])('%s', async (options, sentence) => {
    expect(await opened(options)).toMatch(sentence);
  });
});

describe('cannot reach outside', () => {
  const probes: [string, string][] = [
    ['process', 'typeof process'],
    ['require', 'typeof require'],
    ['fetch', 'typeof fetch'],
    ['timers', 'typeof setTimeout'],
    ['WebAssembly', 'typeof WebAssembly'],
    ['SharedArrayBuffer', 'typeof SharedArrayBuffer'],
    ['ArrayBuffer', 'typeof ArrayBuffer'],
    ['globalThis', 'typeof globalThis.process'],
  ];
  test.each(probes)('%s', async (_name, probe) => {
    expect(await failure(`if (${probe} !== 'undefined') throw new Error('reached');`)).toBe('ran');
  });
  test.each([
    ['the function constructor', 'lab.task.constructor("return process")()'],
    ['a host function’s constructor', '(() => {}).constructor("return process")()'],
    ['the clock', 'Date.now()'],
    ['randomness', 'Math.random()'],
    ['prototypes', 'Object.prototype.polluted = 1'],
    ['array prototypes', 'Array.prototype.push = null'],
    ['elements that arrays inherit', 'Array.prototype[0] = 1'],
    ['what arrays are copied with', 'Array.prototype.constructor = null'],
    ['what array prototypes inherit', 'Object.setPrototypeOf(Array.prototype, {})'],
    ['prototypes of maps', 'Map.prototype.get = null'],
  ])('%s throws', async (_name, code) => {
    expect(await failure(`${code};`)).not.toBe('ran');
  });
});
