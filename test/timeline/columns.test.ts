// timeline: columns of numbers. What is narrower has the same numbers; what is numbered fast is numbered right.
import { describe, expect, test } from 'vitest';
import { Rng } from '../../main/engine/api';
import { greatest, Numbering, slim, slimNumbers } from '../../main/timeline/columns';

describe('as wide as they need to be', () => {
  test.each([
    [[], Uint8Array],
    [[0, 255], Uint8Array],
    [[256], Uint16Array],
    [[65_535, 1], Uint16Array],
    [[65_536], Uint32Array],
    [[0xffff_ffff], Uint32Array],
  ])('%j', (numbers, type) => {
    const narrow = slim(Uint32Array.from(numbers));
    expect(narrow).toBeInstanceOf(type);
    expect([...narrow]).toEqual(numbers);
    expect(greatest(narrow)).toBe(Math.max(0, ...numbers));
  });

  test.each([
    [[0, 7, 255], Uint8Array],
    [[1e9, 3], Uint32Array],
    [[0.5, 1], Float64Array],
    [[-1], Float64Array],
    [[2 ** 32], Float64Array],
    [[Number.NaN], Float64Array],
  ])('numbers of any kind lose nothing: %j', (numbers, type) => {
    const narrow = slimNumbers(Float64Array.from(numbers));
    expect(narrow).toBeInstanceOf(type);
    expect([...narrow]).toEqual(numbers);
  });
});

test('keys are numbered in the order in which they are asked for', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const rng = new Rng(seed);
    const numbering = new Numbering();
    const known = new Map<number, number>();
    // Small ones come again and again; large ones differ in bits that a hash may not see.
    const keyOf = [
      () => rng.below(40),
      () => rng.below(5000) * 2 ** 20,
      () => rng.below(99) + 2 ** 40,
    ];
    for (let i = 0; i < 2000; i++) {
      const key = (keyOf[rng.below(3)] as () => number)();
      if (!known.has(key)) known.set(key, known.size);
      expect(numbering.of(key)).toBe(known.get(key));
    }
    expect(numbering.size).toBe(known.size);
  }
});
