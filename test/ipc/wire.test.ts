// wire: columns cross as bytes, small ones in the message, large ones beside it; a large answer is fetched once, by
// whoever may.
import { Decoder, Encoder, ExtensionCodec } from '@msgpack/msgpack';
import { expect, test } from 'vitest';
import { Beside, parcelOf, withTypedArrays } from '../../preload/contract/wire';

function there(value: unknown): { bytes: Uint8Array; arrays: Uint8Array[] } {
  const beside = new Beside();
  const codec = withTypedArrays(new ExtensionCodec(), beside);
  beside.write();
  const bytes = new Encoder({ extensionCodec: codec }).encode(value);
  return { bytes, arrays: beside.arrays };
}

function back(sent: ReturnType<typeof there>): unknown {
  const beside = new Beside();
  const decoder = new Decoder({ extensionCodec: withTypedArrays(new ExtensionCodec(), beside) });
  if (sent.arrays.length === 0) return decoder.decode(sent.bytes);
  const pieces = parcelOf(sent.bytes, sent.arrays);
  const whole = new Uint8Array(pieces.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of pieces) {
    whole.set(p, at);
    at += p.length;
  }
  return decoder.decode(beside.read(whole.buffer));
}

test.each([0, 1, 3, 1000, 70_001, 200_000])(
  '%i numbers of every kind come back as they were',
  (n) => {
    const value = {
      a: Uint8Array.from({ length: n }, (_, i) => i),
      b: Uint16Array.from({ length: n }, (_, i) => i),
      c: Uint32Array.from({ length: n }, (_, i) => i * 7),
      d: Float64Array.from({ length: n }, (_, i) => i / 3),
      text: 'and a word',
    };
    const got = back(there(value)) as typeof value;
    expect(got.text).toBe('and a word');
    for (const k of ['a', 'b', 'c', 'd'] as const) {
      expect(got[k].length).toBe(n);
      expect(
        Buffer.from(got[k].buffer, got[k].byteOffset, got[k].byteLength).equals(
          Buffer.from(value[k].buffer, value[k].byteOffset, value[k].byteLength),
        ),
      ).toBe(true);
    }
  },
);

test('a part of a larger buffer crosses as that part', () => {
  const large = new Uint32Array(100_000).fill(9);
  const part = large.subarray(10, 60_000);
  expect((back(there({ part })) as { part: Uint32Array }).part.length).toBe(59_990);
});
