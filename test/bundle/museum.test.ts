// bundles: files of every released version open for ever; a later one shows its core and its report; an unpacked
// folder opens like the file; notes change no claim.
import { execFileSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { beforeAll, describe, expect, test } from 'vitest';
import { NewerBundle } from '../../main/bundle/error';
import { FORMAT_VERSION } from '../../main/bundle/manifest';
import { openClaim } from '../../main/bundle/open';
import { readBundle, readManifest } from '../../main/bundle/read';
import { writeBundle } from '../../main/bundle/write';
import { scriptByDigest } from '../../main/ipc/texts';
import { readFolder } from '../../main/library/folder';
import type { KeptRun, OpinionShape } from '../../preload/contract/shapes';
import { galleryScripts, keptRun, ROOT } from '../support/experiments';

const MUSEUM = join(ROOT, 'test/museum');
let run: KeptRun;
beforeAll(async () => {
  run = await keptRun(galleryScripts()[0]?.[1] ?? '', { variant: 'v6.1', driver: 'smmuv3' });
});

describe('museum', () => {
  test('has a file of every version before this one', () => {
    const names = readdirSync(MUSEUM);
    for (let v = 1; v < FORMAT_VERSION; v++) expect(names).toContain(`v${v}.faultline`);
  });
  test.each(readdirSync(MUSEUM).filter((n) => n !== 'README.md'))('%s opens', (name) => {
    const opened = openClaim(readFileSync(join(MUSEUM, name)), scriptByDigest);
    expect(opened.run.title).toBe('Disable while responding');
    expect(opened.run.verdict.verdict).toBe('fails');
    expect(opened.run.verdict.neverReached).toBeInstanceOf(Array);
    expect(opened.run.choices.length).toBeGreaterThan(10);
    if (opened.hasEvidence) expect(opened.run.columns.events).toBe(124);
  });
});

/** The bundle with another manifest. */
function withManifest(bytes: Uint8Array, change: object): Uint8Array {
  const files = unzipSync(bytes);
  const manifest = { ...JSON.parse(new TextDecoder().decode(files['bundle.json'])), ...change };
  return zipSync({ ...files, 'bundle.json': new TextEncoder().encode(JSON.stringify(manifest)) });
}

test('a later format: one sentence with title and verdict, and the report', () => {
  const later = withManifest(writeBundle(run, 'test'), { formatVersion: 9, minReaderVersion: 9 });
  try {
    readBundle(later);
    expect.fail('it was opened');
  } catch (e) {
    expect(e).toBeInstanceOf(NewerBundle);
    expect((e as Error).message).toContain(
      'needs a newer Faultline (format 9): "Disable while responding"',
    );
    expect((e as NewerBundle).report).toContain('What happens');
  }
});

test('a later format that this one can read is read', () => {
  const later = withManifest(writeBundle(run, 'test'), { formatVersion: FORMAT_VERSION + 1 });
  expect(readBundle(later).run.columns.events).toBe(124);
});

test('notes and view are read back, and change neither the claim nor the evidence', () => {
  const opinion: OpinionShape = {
    notes: [
      { step: 30, to: 0, sort: 'note', text: 'here it is born' },
      { step: 30, to: 108, sort: 'link', text: 'and here it dies' },
    ],
    pinned: ['task:driver'],
    hidden: [],
    grouping: 'cpu',
    axis: 'time',
  };
  const plain = readManifest(writeBundle(run, 'test'));
  const bytes = writeBundle(run, 'test', { opinion });
  const noted = readManifest(bytes);
  expect(noted.claimDigest).toBe(plain.claimDigest);
  expect(noted.evidenceDigest).toBe(plain.evidenceDigest);
  expect(noted.opinionDigest).not.toBe(plain.opinionDigest);
  expect(readBundle(bytes).opinion).toEqual(opinion);
  const silent = readManifest(writeBundle(run, 'test', { opinion, notes: false, view: false }));
  expect(silent.opinionDigest).toBe(plain.opinionDigest);
});

describe('as a folder', () => {
  function unpacked(): string {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-folder-'));
    for (const [name, bytes] of Object.entries(unzipSync(writeBundle(run, 'test')))) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), bytes);
    }
    return folder;
  }
  const faultline = (...args: string[]): string =>
    execFileSync(process.execPath, [join(ROOT, 'out/main/cli.js'), ...args], { encoding: 'utf8' });

  test('it is exported like the file', () => {
    expect(faultline('export', unpacked(), '--to', 'race')).toContain('kfree(fault_param)');
  });
  test('links are refused', () => {
    const folder = unpacked();
    symlinkSync('/etc/passwd', join(folder, 'evil'));
    const path = join(folder, 'bundle.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.entries.push({ path: 'evil', bytes: 1, sha256: '', role: 'evidence' });
    writeFileSync(path, JSON.stringify(manifest));
    expect(() => readFolder(folder, 1e9)).toThrow('the entry evil is not a plain file');
  });
  test('share packs it again without evidence', () => {
    const out = join(unpacked(), 'lean.faultline');
    const said = faultline('share', join(MUSEUM, 'v1.faultline'), '--out', out, '--no-evidence');
    expect(said).toContain('claim/choices.bin');
    expect(said).not.toContain('events.arrow');
    expect(readFileSync(out).length).toBeLessThanOrEqual(10 * 1024);
    expect(readManifest(readFileSync(out)).claimDigest).toBe(
      readManifest(readFileSync(join(MUSEUM, 'v1.faultline'))).claimDigest,
    );
  });
});
