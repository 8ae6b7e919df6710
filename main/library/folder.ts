// A bundle that somebody has unpacked: its folder, read like the file. Only names of the format are looked at,
// and nothing but plain files.
import { existsSync, lstatSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Listed {
  readonly entries: readonly { readonly path: string }[];
}

/**
 * The entries of a folder that holds a bundle, by name; null when it holds none.
 * @param limit bytes of all of them at most
 * @throws Error when an entry is no plain file, or there is too much
 */
export function readFolder(folder: string, limit: number): Map<string, Uint8Array> | null {
  const manifest = join(folder, 'bundle.json');
  if (!existsSync(manifest)) return null;
  const { entries } = JSON.parse(readFileSync(manifest, 'utf8')) as Listed;
  const out = new Map<string, Uint8Array>();
  let total = 0;
  for (const name of ['mimetype', 'bundle.json', ...entries.map((e) => e.path)]) {
    if (!/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)?$/.test(name) || name.includes('..')) {
      throw new Error(`the entry name ${JSON.stringify(name)} is not allowed`);
    }
    const path = join(folder, name);
    if (!existsSync(path)) continue;
    const stat = lstatSync(path);
    if (!stat.isFile()) throw new Error(`the entry ${name} is not a plain file`);
    total += stat.size;
    if (total > limit) throw new Error('the folder holds more than a bundle may');
    out.set(name, readFileSync(path));
  }
  return out;
}
