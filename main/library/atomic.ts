// Files are written to a temporary name in the same folder, flushed, and renamed: a crash leaves
// the old file.
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

let serial = 0;

/** Write a file so that it is there whole or not at all. */
export function writeAtomic(path: string, bytes: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.tmp-${process.pid}-${serial++}`;
  const data = typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes;
  const fd = openSync(temporary, 'wx');
  try {
    let at = 0;
    while (at < data.length) at += writeSync(fd, data, at);
    fsyncSync(fd);
  } catch (e) {
    closeSync(fd);
    rmSync(temporary, { force: true });
    throw e;
  }
  closeSync(fd);
  renameSync(temporary, path);
}
