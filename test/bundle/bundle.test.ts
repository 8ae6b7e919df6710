// bundle: the same run, the same bytes; any change is named; opening executes nothing.

import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { unzipSync, zipSync } from 'fflate/browser';
import { beforeAll, describe, expect, test } from 'vitest';
import { readChoices, writeChoices } from '../../main/bundle/choices';
import { BundleError } from '../../main/bundle/error';
import { readBundle } from '../../main/bundle/read';
import { compareRuns } from '../../main/bundle/verify';
import { writeBundle } from '../../main/bundle/write';
import type { KeptRun } from '../../preload/contract/shapes';
import { plain } from '../support/columns';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
let bytes: Uint8Array;
beforeAll(async () => {
  run = await keptRun(galleryScripts()[0]?.[1] ?? '', { variant: 'v6.1', driver: 'smmuv3' });
  bytes = writeBundle(run, 'faultline test');
});

/** Run a program in a folder; false where it is not on this machine. */
function ran(folder: string, program: string, args: readonly string[]): boolean {
  const { status, error, stderr } = spawnSync(program, args, { cwd: folder, encoding: 'utf8' });
  if ((error as NodeJS.ErrnoException | undefined)?.code === 'ENOENT') return false;
  expect(status, stderr).toBe(0);
  return true;
}

const entriesOf = (folder: string): string[] =>
  (readdirSync(folder, { recursive: true }) as string[]).filter((p) =>
    statSync(join(folder, p)).isFile(),
  );

/** Puts the files of a folder into an archive; false where the tool is not on this machine. */
type Zipper = (folder: string, out: string) => boolean;
const ZIPPERS: readonly [tool: string, zip: Zipper][] = [
  [
    'fflate',
    (folder, out) => {
      const read = (p: string): [string, Uint8Array] => [p, readFileSync(join(folder, p))];
      writeFileSync(out, zipSync(Object.fromEntries(entriesOf(folder).map(read)), { level: 1 }));
      return true;
    },
  ],
  ['Info-ZIP', (folder, out) => ran(folder, 'zip', ['-q', '-9', '-r', out, '.'])],
  [
    "Python's zipfile",
    (folder, out) => ran(folder, 'python3', ['-m', 'zipfile', '-c', out, ...readdirSync(folder)]),
  ],
];

function refusal(b: Uint8Array): string {
  try {
    readBundle(b);
  } catch (e) {
    expect(e).toBeInstanceOf(BundleError);
    return (e as Error).message;
  }
  return 'opened';
}

describe('round trip', () => {
  test('written twice: the same bytes', () => {
    expect(writeBundle(run, 'faultline test')).toEqual(bytes);
  });
  test('what was written is read', () => {
    const { run: r, manifest, hasEvidence, ignored } = readBundle(bytes);
    expect(hasEvidence).toBe(true);
    expect(ignored).toEqual([]);
    expect(manifest.title).toBe('Disable while responding');
    expect(r.script).toBe(run.script);
    expect(plain(r.columns)).toEqual(plain(run.columns));
    expect(r.findings).toEqual(run.findings);
    expect(r.choices).toEqual(run.choices);
    expect(r.verdict).toEqual(run.verdict);
  });
  test('a lean bundle is small and keeps the claim', () => {
    const lean = writeBundle(run, 'faultline test', { lean: true });
    expect(lean.length).toBeLessThan(10 * 1024);
    const opened = readBundle(lean);
    expect(opened.hasEvidence).toBe(false);
    expect(opened.manifest.claimDigest).toBe(readBundle(bytes).manifest.claimDigest);
  });
  test.for(ZIPPERS)('re-zipped by %s: opens, and its digests hold', ([tool, zip], context) => {
    const folder = mkdtempSync(join(tmpdir(), 'faultline-zip-'));
    for (const [path, content] of Object.entries(unzipSync(bytes))) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    const out = join(folder, 'again.faultline');
    if (!zip(folder, out)) return context.skip(`${tool} is not on this machine`);
    const again = new Uint8Array(readFileSync(out));
    expect(again).not.toEqual(bytes);
    const { run: r, manifest, hasEvidence } = readBundle(again);
    expect(hasEvidence).toBe(true);
    expect(manifest).toEqual(readBundle(bytes).manifest);
    expect([plain(r.columns), r.findings]).toEqual([plain(run.columns), run.findings]);
  });
  test('with one more folder around it: opens', () => {
    const nested = Object.entries(unzipSync(bytes)).map(([p, content]) => [`top/${p}`, content]);
    expect(refusal(zipSync(Object.fromEntries(nested)))).toBe('opened');
  });
  test('nothing of this machine is inside', () => {
    const files = unzipSync(bytes);
    for (const [path, b] of Object.entries(files)) {
      const text = new TextDecoder().decode(b);
      for (const secret of [process.cwd(), process.env.HOME, process.env.HOSTNAME]) {
        if (secret && secret.length > 3)
          expect(text.includes(secret), `${path}: ${secret}`).toBe(false);
      }
    }
  });
  test('choices', () => {
    const c = Uint32Array.from([0, 3, 2, 1, 1, 2, 0, 4_000_000_000, 300]);
    expect(readChoices(writeChoices(c))).toEqual(c);
  });
});

describe('refused with one sentence', () => {
  test('any altered entry is named', () => {
    const files = unzipSync(bytes);
    for (const path of Object.keys(files)) {
      if (path === 'mimetype' || path === 'bundle.json') continue;
      const changed = Uint8Array.from(files[path] as Uint8Array);
      changed[changed.length >> 1] = (changed[changed.length >> 1] as number) ^ 1;
      expect(refusal(zipSync({ ...files, [path]: changed })), path).toContain(path);
    }
  });
  test('every truncation', () => {
    for (let n = 0; n < bytes.length; n += 997)
      expect(refusal(bytes.slice(0, n))).not.toBe('opened');
  });
  test('any flipped byte is noticed or harmless', () => {
    const clean = readBundle(bytes).run;
    for (let i = 0; i < bytes.length; i += 211) {
      const b = Uint8Array.from(bytes);
      b[i] = (b[i] as number) ^ 0x41;
      if (refusal(b) === 'opened') expect(readBundle(b).run).toEqual(clean);
    }
  });
  const hostile: [string, (f: Record<string, Uint8Array>) => Uint8Array, RegExp][] = [
    ['not a ZIP', () => new TextEncoder().encode('hello '.repeat(50)), /not a bundle/],
    ['empty', () => new Uint8Array(0), /not a bundle/],
    ['another ZIP', () => zipSync({ 'a.txt': new Uint8Array(3) }), /no bundle.json/],
    ['path slip', (f) => zipSync({ ...f, '../evil': new Uint8Array(1) }), /not allowed/],
    ['absolute path', (f) => zipSync({ ...f, '/etc/x': new Uint8Array(1) }), /not allowed/],
    ['bomb', (f) => zipSync({ ...f, 'x.bin': new Uint8Array(30_000_000) }, { level: 9 }), /expand/],
    ['bad JSON', (f) => zipSync({ ...f, 'bundle.json': new Uint8Array([123]) }), /not valid JSON/],
    [
      'missing entry',
      (f) =>
        zipSync(Object.fromEntries(Object.entries(f).filter(([p]) => p !== 'claim/choices.bin'))),
      /claim\/choices.bin is missing/,
    ],
    [
      'newer format',
      (f) => {
        const m = JSON.parse(new TextDecoder().decode(f['bundle.json']));
        m.minReaderVersion = 99;
        return zipSync({ ...f, 'bundle.json': new TextEncoder().encode(JSON.stringify(m)) });
      },
      /needs a newer Faultline .*Disable while responding/,
    ],
  ];
  test.each(hostile)('%s', (_name, make, sentence) => {
    expect(refusal(make(unzipSync(bytes)))).toMatch(sentence);
  });
});

describe('comparison with a replay', () => {
  test('the same events', () => {
    expect(compareRuns(run, run.columns, -1, run.engine)).toMatchObject({ reproduced: true });
  });
  test('the first differing event is named', () => {
    const other = { ...run.columns, value: Uint32Array.from(run.columns.value), chain: ['x'] };
    other.value[40] = 1;
    const v = compareRuns(run, other, -1, 'other');
    expect(v.reproduced).toBe(false);
    expect(v.step).toBe(41);
    expect(v.sentence).toContain('diverges at #41');
    expect(v.sentence).toContain('replayed on other');
  });
});
