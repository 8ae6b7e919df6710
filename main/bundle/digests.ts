// SHA-256 digests: one per entry, one per group (claim, evidence, opinion).
import { createHash, type Hash } from 'node:crypto';

/** Hashes what comes in pieces. */
export function hashing(): Hash {
  return createHash('sha256');
}

export function sha256(bytes: Uint8Array | string): string {
  return hashing().update(bytes).digest('hex');
}

/** Digest of a group: over the sorted lines "path sha256". Empty for an empty group. */
export function groupDigest(entries: readonly { path: string; sha256: string }[]): string {
  if (entries.length === 0) return '';
  const lines = entries.map((e) => `${e.path} ${e.sha256}\n`).sort();
  return sha256(lines.join(''));
}
