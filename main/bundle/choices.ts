// claim/choices.bin: the recorded choices as varints behind a magic and a version.
import { BundleError } from './error';

const MAGIC = [0x46, 0x4c, 0x43, 0x48];
const VERSION = 1;

/** Encode choices given as flat triples (kind, value, options). */
export function writeChoices(packed: Uint32Array): Uint8Array {
  const out = [...MAGIC, VERSION];
  const varint = (n: number): void => {
    let v = n;
    while (v > 0x7f) {
      out.push((v & 0x7f) | 0x80);
      v >>>= 7;
    }
    out.push(v);
  };
  varint(packed.length / 3);
  for (const n of packed) varint(n);
  return Uint8Array.from(out);
}

/**
 * Decode choices.
 * @throws BundleError when the bytes are not what `writeChoices` makes
 */
export function readChoices(bytes: Uint8Array): Uint32Array {
  if (MAGIC.some((b, i) => bytes[i] !== b))
    throw new BundleError('claim/choices.bin is not a list of choices');
  if (bytes[4] !== VERSION) throw new BundleError(`claim/choices.bin has version ${bytes[4]}`);
  let at = 5;
  const varint = (): number => {
    let v = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const b = bytes[at++];
      if (b === undefined) throw new BundleError('claim/choices.bin is cut short');
      v += (b & 0x7f) * 2 ** shift;
      if (b < 0x80) return v;
    }
    throw new BundleError('claim/choices.bin holds a number that is too large');
  };
  const n = varint() * 3;
  if (n > bytes.length * 3) throw new BundleError('claim/choices.bin is cut short');
  const out = new Uint32Array(n);
  for (let i = 0; i < n; i++) out[i] = varint();
  return out;
}
