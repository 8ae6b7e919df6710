// lock-down: what it costs to have what arrays inherit frozen. V8 says itself how it keeps them.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const LOCK_DOWN = pathToFileURL(join(ROOT, 'main/runner/lock-down.ts')).href;

/** Evaluate an expression with V8's own functions in a process that has locked itself down. */
function inside(expression: string): unknown {
  const text = `import { lockDown } from '${LOCK_DOWN}'; lockDown();
console.log(JSON.stringify(${expression}));`;
  const args = ['--allow-natives-syntax', '--input-type=module', '-e', text];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: ROOT, encoding: 'utf8' }));
}

describe('what arrays inherit', () => {
  test('is frozen', () => {
    expect(inside('[Array, Object].map((c) => Object.isFrozen(c.prototype))')).toEqual([
      true,
      true,
    ]);
  });

  test('has no elements that V8 takes for read-only, and its methods can be compiled in', () => {
    const kept = '(p) => [%HasDictionaryElements(p), %HasFastProperties(p)]';
    expect(inside(`[Array.prototype, Object.prototype].map(${kept})`)).toEqual([
      [true, true],
      [true, true],
    ]);
    // Frozen as it is, it would have.
    expect(inside('%HasDictionaryElements(Object.freeze([]))')).toBe(false);
  });

  test('is what V8 relies on to be as it was', () => {
    const relied = '[%NoElementsProtector(), %ArraySpeciesProtector(), %ArrayIteratorProtector()]';
    expect(inside(relied)).toEqual([true, true, true]);
  });
});
