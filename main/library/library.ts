// What the lab keeps between sessions: the scratch script and saved bundles, in one folder.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeAtomic } from './atomic';

/** The folder of a user's lab; FAULTLINE_HOME moves it. */
export function libraryFolder(): string {
  return process.env.FAULTLINE_HOME ?? join(homedir(), '.faultline');
}

const RECENT = 20;
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.faultline$/;

/** One folder of kept things. */
export class Library {
  constructor(private readonly folder: string) {}

  private get bundles(): string {
    return join(this.folder, 'bundles');
  }

  /** The autosaved scratch script, or empty. */
  scratch(): string {
    const path = join(this.folder, 'scratch.ts');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  saveScratch(script: string): void {
    writeAtomic(join(this.folder, 'scratch.ts'), script);
  }

  /** Save a bundle under a file name. */
  saveBundle(name: string, bytes: Uint8Array): void {
    writeAtomic(join(this.bundles, name), bytes);
  }

  /** File names of saved bundles, the newest first. */
  recent(): string[] {
    if (!existsSync(this.bundles)) return [];
    return readdirSync(this.bundles)
      .filter((n) => NAME.test(n))
      .map((n) => ({ n, at: statSync(join(this.bundles, n)).mtimeMs }))
      .sort((a, b) => b.at - a.at || (a.n < b.n ? -1 : 1))
      .slice(0, RECENT)
      .map((x) => x.n);
  }

  /** Bytes of a saved bundle. */
  readBundle(name: string): Uint8Array {
    if (!NAME.test(name)) throw new Error(`"${name}" is not the name of a saved bundle`);
    const path = join(this.bundles, name);
    if (!existsSync(path)) throw new Error(`there is no saved bundle "${name}" any more`);
    return readFileSync(path);
  }
}
