// Opens whatever holds a claim: a bundle, or a text with a token in it.
import { type OpenedBundle, readBundle } from './read';
import { hasToken, type Known, readToken } from './token';

/**
 * Open a file or a pasted text. Executes nothing.
 * @throws BundleError with one sentence that names what is wrong
 */
export function openClaim(bytes: Uint8Array, known: Known): OpenedBundle {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  return !isZip && hasToken(bytes) ? readToken(bytes, known) : readBundle(bytes);
}
