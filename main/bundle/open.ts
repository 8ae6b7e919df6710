// Opens whatever holds a claim: a bundle, or a text with a token in it.
import type { Manifest } from './manifest';
import { type OpenedBundle, readBundle, readLargeBundle, readManifest } from './read';
import { hasToken, type Known, readToken } from './token';

/**
 * What a large bundle says of itself before all of it is read: enough for a title and a verdict. Null for small
 * ones, which are read at once, and for what is none.
 */
export function announced(bytes: Uint8Array): Manifest | null {
  if (bytes.length < LARGE) return null;
  try {
    return readManifest(bytes);
  } catch {
    return null;
  }
}

/** Bytes from which reading a bundle takes long enough to say something first. */
const LARGE = 1024 * 1024;

/**
 * Open a file or a pasted text. Executes nothing.
 * @throws BundleError with one sentence that names what is wrong
 */
export function openClaim(bytes: Uint8Array, known: Known): OpenedBundle {
  return isText(bytes) ? readToken(bytes, known) : readBundle(bytes);
}

/** The same on two cores where it is large, and nobody is kept waiting. @throws BundleError */
export async function openAside(bytes: Uint8Array, known: Known): Promise<OpenedBundle> {
  return bytes.length < LARGE || isText(bytes) ? openClaim(bytes, known) : readLargeBundle(bytes);
}

function isText(bytes: Uint8Array): boolean {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return !isZip && hasToken(bytes);
}
