// What the lab keeps between sessions: scratch scripts, saved bundles, stopped searches and settings, in
// one folder. Every file is written whole or not at all.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { writeAtomic } from './atomic';

/** The folder of a user's lab; FAULTLINE_HOME moves it. */
export function libraryFolder(): string {
  return process.env.FAULTLINE_HOME ?? join(homedir(), '.faultline');
}

const RECENT = 20;
const BUNDLE = /^[A-Za-z0-9][A-Za-z0-9._-]{0,120}\.faultline$/;
const SCRATCH = /^[A-Za-z0-9][A-Za-z0-9-]{0,60}$/;
const SEARCH = /^[0-9a-f]{16}$/;

/** One folder of kept things. */
export class Library {
  /** Names of the saves that go on now. */
  private readonly saving = new Set<string>();

  constructor(private readonly folder: string) {}

  private get bundles(): string {
    return join(this.folder, 'bundles');
  }

  /** File names in a folder that fit, the newest first. */
  private newest(folder: string, fits: RegExp): string[] {
    if (!existsSync(folder)) return [];
    return readdirSync(folder)
      .filter((n) => fits.test(n))
      .map((n) => ({ n, at: statSync(join(folder, n)).mtimeMs }))
      .sort((a, b) => b.at - a.at || (a.n < b.n ? -1 : 1))
      .map((x) => x.n);
  }

  /** Kept scratch scripts, the newest first. */
  scratches(): { name: string; text: string }[] {
    const folder = join(this.folder, 'scratch');
    const kept = this.newest(folder, /\.ts$/)
      .map((n) => n.slice(0, -3))
      .filter((n) => SCRATCH.test(n))
      .map((name) => ({ name, text: readFileSync(join(folder, `${name}.ts`), 'utf8') }));
    // Earlier versions kept a single one here.
    const old = join(this.folder, 'scratch.ts');
    if (!existsSync(old) || kept.some((k) => k.name === 'scratch')) return kept;
    return [...kept, { name: 'scratch', text: readFileSync(old, 'utf8') }];
  }

  private scratchPath(name: string): string {
    if (!SCRATCH.test(name)) throw new Error(`"${name}" is not the name of a scratch`);
    return join(this.folder, 'scratch', `${name}.ts`);
  }

  saveScratch(name: string, script: string): void {
    writeAtomic(this.scratchPath(name), script);
  }

  discardScratch(name: string): void {
    rmSync(this.scratchPath(name), { force: true });
    if (name === 'scratch') rmSync(join(this.folder, 'scratch.ts'), { force: true });
  }

  /** What the window wants remembered, as JSON text; empty when there is nothing. */
  settings(): string {
    const path = join(this.folder, 'settings.json');
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  saveSettings(text: string): void {
    writeAtomic(join(this.folder, 'settings.json'), text);
  }

  private searchPath(key: string): string {
    if (!SEARCH.test(key)) throw new Error('not the key of a search');
    return join(this.folder, 'searches', `${key}.json`);
  }

  /** A search that was stopped, as text; empty when there is none. */
  search(key: string): string {
    const path = this.searchPath(key);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  }

  /** Keep a stopped search; an empty text forgets it. */
  saveSearch(key: string, text: string): void {
    if (text === '') rmSync(this.searchPath(key), { force: true });
    else writeAtomic(this.searchPath(key), text);
  }

  /**
   * Before a long save: keep what the run can be rebuilt from, for the case that the lab does not live to its end.
   * @param lean the bundle without its evidence
   */
  spool(name: string, lean: Uint8Array): void {
    this.saving.add(name);
    writeAtomic(join(this.folder, 'spool', name), lean);
  }

  /** The long save is over, well or not: what was kept for it is not needed. */
  unspool(name: string): void {
    this.saving.delete(name);
    rmSync(join(this.folder, 'spool', name), { force: true });
  }

  /** What saves left behind that were cut off: now saved bundles, by file name. */
  recover(): string[] {
    const left = this.newest(join(this.folder, 'spool'), BUNDLE);
    return left
      .filter((name) => !this.saving.has(name))
      .map((name) => {
        const stem = name.replace(/\.faultline$/, '-recovered');
        let saved = `${stem}.faultline`;
        for (let n = 2; existsSync(join(this.bundles, saved)); n++)
          saved = `${stem}-${n}.faultline`;
        mkdirSync(this.bundles, { recursive: true });
        renameSync(join(this.folder, 'spool', name), join(this.bundles, saved));
        return saved;
      });
  }

  /** Save a bundle under a file name. */
  saveBundle(name: string, bytes: Uint8Array): void {
    writeAtomic(join(this.bundles, name), bytes);
  }

  /** File names of saved bundles, the newest first. */
  recent(): string[] {
    return this.newest(this.bundles, BUNDLE).slice(0, RECENT);
  }

  /** Bytes of a saved bundle. */
  readBundle(name: string): Uint8Array {
    if (!BUNDLE.test(name)) throw new Error(`"${name}" is not the name of a saved bundle`);
    const path = join(this.bundles, name);
    if (!existsSync(path)) throw new Error(`there is no saved bundle "${name}" any more`);
    return readFileSync(path);
  }
}
