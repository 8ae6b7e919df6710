// compile: lines stay, mistakes are named at their own line.
import { describe, expect, test } from 'vitest';
import { compileScript } from '../../main/runner/compile';
import { ScriptError } from '../../main/runner/script-error';

const head = "import { experiment } from 'faultline';\n";
const wrap = (body: string): string =>
  `${head}export default experiment('t', {}, (lab) => {\n${body}\n});\n`;

function problem(source: string): { message: string; line: number; column: number } {
  try {
    compileScript(source);
  } catch (e) {
    if (e instanceof ScriptError) return e.problem;
    throw e;
  }
  throw new Error('the script compiled');
}

test('types vanish, lines stay, every yield* carries its line', () => {
  const out = compileScript(
    wrap('  const n: number = 1;\n  lab.task("a", function* () {\n    yield* lab.sleep(n);\n  });'),
  );
  const lines = out.split('\n');
  expect(lines[4]).toContain('yield __at(5,  lab.sleep(n))');
  expect(lines[2]).toContain('const n         = 1;');
  expect(() => new Function(`return ${out}`)).not.toThrow();
});

test('nested yield* keeps both lines', () => {
  const out = compileScript(wrap('lab.task("a", function* () {\n yield* f(yield*\n g());\n});'));
  expect(out).toContain('yield __at(4,  f(yield __at(4, \n g())))');
});

describe('mistakes', () => {
  const rows: [string, string, string, number][] = [
    ['syntax', wrap('  const = 1;'), 'xpected', 3],
    ['enum', wrap('  enum E { A }'), 'enum', 3],
    [
      'not waited for',
      wrap('  lab.task("a", function* () {\n    lab.mark("x");\n  });'),
      'not waited for',
      4,
    ],
    [
      'expectation',
      wrap('  function* f() {\n    lab.expect.ok(true, "x");\n  }'),
      'not waited for',
      4,
    ],
    ['primitive', wrap('  function* f() {\n    lab.k.kfree(x);\n  }'), 'not waited for', 4],
    ['foreign import', `import fs from 'node:fs';\n${head}`, 'only "faultline"', 1],
    ['no export', `${head}experiment('t', {}, () => {});\n`, 'export default', 3],
    ['import()', wrap('  import("x");'), 'must not contain', 3],
    ['second export', `${head}export const a = 1;\nexport default 1;`, 'no others', 2],
  ];
  test.each(rows)('%s', (_name, source, message, line) => {
    const p = problem(source);
    expect(p.message).toContain(message);
    expect(p.line).toBe(line);
  });
});

describe('state that tasks share in variables of the script', () => {
  const shares = (body: string): boolean => compileScript(wrap(body)).includes('"shares":true');

  test('is noticed when a task changes what is not its own', () => {
    expect(shares("  let n = 0;\n  lab.task('a', function* () {\n    n++;\n  });")).toBe(true);
    expect(
      shares("  const c = { n: 0 };\n  lab.task('a', function* () {\n    c.n = 1;\n  });"),
    ).toBe(true);
    expect(shares("  const a = [];\n  lab.task('a', function* () {\n    a.push(1);\n  });")).toBe(
      true,
    );
  });

  test('is not seen in what a task keeps for itself', () => {
    expect(shares("  lab.task('a', function* () {\n    let n = 0;\n    n++;\n  });")).toBe(false);
  });
});
