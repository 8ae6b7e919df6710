// bundle: what strangers may send. Every file gets one sentence, at once, within memory limits, and
// nothing of it is executed.
import { unzipSync, zipSync } from 'fflate/browser';
import { beforeAll, describe, expect, test } from 'vitest';
import { groupDigest, sha256 } from '../../main/bundle/digests';
import { BundleError } from '../../main/bundle/error';
import { type Manifest, roleOf } from '../../main/bundle/manifest';
import { readBundle, readLargeBundle } from '../../main/bundle/read';
import { writeTables } from '../../main/bundle/tables';
import { writeBundle } from '../../main/bundle/write';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
let bytes: Uint8Array;
let files: Record<string, Uint8Array>;
beforeAll(async () => {
  const [, script] = galleryScripts()[0] as [string, string];
  run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  bytes = writeBundle(run, 'test');
  files = unzipSync(bytes);
  readBundle(bytes);
});

/** Milliseconds a refusal may take; the machine may be busy, so ten times what it should. */
const SOON = 2000;
const MEGABYTE = 1024 * 1024;

/** The sentence with which something is refused; `opened` when it is not. */
function refusal(b: Uint8Array): string {
  const before = process.memoryUsage().rss;
  const begun = performance.now();
  try {
    readBundle(b);
    return 'opened';
  } catch (e) {
    expect(e).toBeInstanceOf(BundleError);
    expect((e as Error).message).not.toContain('\n');
    expect(performance.now() - begun).toBeLessThan(SOON);
    expect((process.memoryUsage().rss - before) / MEGABYTE).toBeLessThan(300);
    return (e as Error).message;
  }
}

/** Bytes that do not compress. */
function noise(n: number): Uint8Array {
  let x = 1;
  return Uint8Array.from({ length: n }, () => {
    x = Math.imul(x, 1103515245) + 12345;
    return x >>> 16;
  });
}

const CENTRAL = 0x02014b50;

/** A bundle with a field of a directory entry changed. */
function patched(
  name: string,
  change: (v: DataView, at: number) => void,
  whole = bytes,
): Uint8Array {
  const b = Uint8Array.from(whole);
  const v = new DataView(b.buffer);
  for (let at = 0; at + 46 < b.length; at++) {
    if (v.getUint32(at, true) !== CENTRAL) continue;
    const length = v.getUint16(at + 28, true);
    if (new TextDecoder().decode(b.subarray(at + 46, at + 46 + length)) !== name) continue;
    change(v, at);
    return b;
  }
  throw new Error(`no entry ${name}`);
}

/** The bundle with another entry, and digests to match. */
function forged(path: string, content: Uint8Array): Uint8Array {
  const m = JSON.parse(new TextDecoder().decode(files['bundle.json'])) as Manifest;
  const entries = m.entries.map((e) =>
    e.path === path ? { ...e, bytes: content.length, sha256: sha256(content) } : e,
  );
  const digest = (role: string) => groupDigest(entries.filter((e) => roleOf(e.path) === role));
  const manifest = {
    ...m,
    entries,
    claimDigest: digest('claim'),
    evidenceDigest: digest('evidence'),
  };
  const json = new TextEncoder().encode(JSON.stringify(manifest));
  return zipSync({ ...files, 'bundle.json': json, [path]: content });
}

const SCRIPT = 'claim/experiment.ts';

describe('the directory', () => {
  test.each<[string, () => Uint8Array, RegExp]>([
    ['encrypted', () => patched(SCRIPT, (v, at) => v.setUint16(at + 8, 1, true)), /is encrypted/],
    ['a link', () => patched(SCRIPT, (v, at) => v.setUint16(at + 40, 0xa1ff, true)), /is a link/],
    [
      'another method',
      () => patched(SCRIPT, (v, at) => v.setUint16(at + 10, 12, true)),
      /method 12/,
    ],
    [
      'a size of 4 GB',
      () => patched(SCRIPT, (v, at) => v.setUint32(at + 24, 0xffff_fff0, true)),
      /claims to expand more than 200 times/,
    ],
    [
      'a wrong size',
      () => patched(SCRIPT, (v, at) => v.setUint32(at + 24, 100, true)),
      /lies about its size|its digest does not match/,
    ],
    [
      'an entry on another one',
      () => {
        let offset = 0;
        patched('claim/config.json', (v, p) => {
          offset = v.getUint32(p + 42, true);
        });
        return patched(SCRIPT, (v, p) => v.setUint32(p + 42, offset, true));
      },
      /has another name in its header/,
    ],
    [
      'an offset beyond the end',
      () => patched(SCRIPT, (v, at) => v.setUint32(at + 42, 0x7fff_ffff, true)),
      /does not begin where the directory says/,
    ],
    [
      'the same name twice',
      () =>
        patched('claim/choices.bin', (v, at) => {
          const name = new TextEncoder().encode('claim/engine.json');
          name.forEach((c, i) => {
            v.setUint8(at + 46 + i, c);
          });
        }),
      /is there twice|another name/,
    ],
  ])('%s', (_name, make, sentence) => {
    expect(refusal(make())).toMatch(sentence);
  });

  test('an entry that has no place is not even unpacked', () => {
    // Stored with a size that unpacking would trip over.
    const b = zipSync({ ...files, 'extra/bomb.bin': new Uint8Array(9 * MEGABYTE) }, { level: 0 });
    expect(readBundle(b).ignored).toEqual(['extra/bomb.bin']);
  });

  test('a file in the wrong place is ignored and listed', () => {
    const b = zipSync({ ...files, 'claim/x.js': new Uint8Array(3), 'run.sh': new Uint8Array(3) });
    expect(readBundle(b).ignored).toEqual(['claim/x.js', 'run.sh']);
  });
});

describe('the tables, with digests that match', () => {
  const big = (n: number): Uint32Array => new Uint32Array(n).fill(0xffff_fff0);
  test.each<[string, (n: number) => object, RegExp]>([
    ['objects', (n) => ({ thing: big(n) }), /an object number 4294967280 is out of range/],
    ['strings', (n) => ({ value: big(n) }), /a string number 4294967280 is out of range/],
    ['stacks', (n) => ({ stack: big(n) }), /a stack number 4294967280 is out of range/],
    ['tasks', (n) => ({ task: new Uint16Array(n).fill(999) }), /a task number 999 is out of range/],
    ['deltas', (n) => ({ deltaStart: big(n + 1) }), /a delta number 4294967280 is out of range/],
  ])('%s beyond the end', (_name, change, sentence) => {
    const columns = { ...run.columns, ...change(run.columns.events) };
    const table = new Map(writeTables(columns)).get('evidence/events.arrow') as Uint8Array;
    expect(refusal(forged('evidence/events.arrow', table))).toMatch(sentence);
  });

  test('deltas that go back: state would be worked out for ever', () => {
    const n = run.columns.events + 1;
    const deltaStart = Uint32Array.from({ length: n }, (_, i) => (i % 2) * 50);
    const columns = { ...run.columns, deltaStart };
    const table = new Map(writeTables(columns)).get('evidence/events.arrow') as Uint8Array;
    expect(refusal(forged('evidence/events.arrow', table))).toBe('deltaEnd goes back at step 2');
  });

  test('any damaged byte of a table is refused, or changes a value and nothing else', () => {
    for (const path of [
      'evidence/events.arrow',
      'evidence/strings.arrow',
      'evidence/stacks.arrow',
    ]) {
      const table = files[path] as Uint8Array;
      for (let i = 0; i < table.length; i += Math.ceil(table.length / 150)) {
        const changed = Uint8Array.from(table);
        changed[i] = (changed[i] as number) ^ 0xff;
        refusal(forged(path, changed));
      }
    }
  });

  test('a table cut short', () => {
    const table = files['evidence/events.arrow'] as Uint8Array;
    expect(refusal(forged('evidence/events.arrow', table.slice(0, 400)))).toMatch(
      /is damaged: it is no Arrow file/,
    );
  });
});

describe('read on two cores: the same sentences', () => {
  const LARGE = 'evidence/events.arrow';
  const large = (): Uint8Array => forged(LARGE, noise(5 * MEGABYTE));
  const flipped = (): Uint8Array => {
    const b = large();
    b[3 * MEGABYTE] = (b[3 * MEGABYTE] as number) ^ 1;
    return b;
  };
  const lying = (by: number): Uint8Array =>
    patched(LARGE, (v, at) => v.setUint32(at + 24, 5 * MEGABYTE + by, true), large());
  test.each<[string, () => Uint8Array, RegExp]>([
    ['no Arrow file', large, /it is no Arrow file/],
    ['altered', flipped, /was altered/],
    ['more than it says', () => lying(-1), /lies about its size/],
    ['more than it says, by whole pieces', () => lying(-MEGABYTE), /lies about its size/],
    ['less than it says', () => lying(1), /lies about its size/],
    ['cut', () => large().slice(0, 4 * MEGABYTE), /no ZIP directory/],
  ])('%s', async (_name, make, sentence) => {
    const b = make();
    const said = refusal(b);
    expect(said).toMatch(sentence);
    await expect(readLargeBundle(b)).rejects.toThrow(new BundleError(said));
  });
});

describe('the claim, with digests that match', () => {
  const json = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
  test.each<[string, string, () => Uint8Array, RegExp]>([
    ['a script of 2 MB', SCRIPT, () => noise(2 * MEGABYTE), /larger than 1 MB/],
    [
      'choices without end',
      'claim/choices.bin',
      () => Uint8Array.of(70, 76, 67, 72, 1, 255),
      /cut/,
    ],
    ['another strategy', 'claim/config.json', () => json({ strategy: { kind: 'rm' } }), /config/],
    ['no engine', 'claim/engine.json', () => json({}), /engine.json is not what it should be/],
  ])('%s', (_name, path, make, sentence) => {
    expect(refusal(forged(path, make()))).toMatch(sentence);
  });

  test('a script that wants out is text until it is verified', () => {
    const script = "process.exit(1); require('fs').rmSync('/'); while (true) {}";
    const opened = readBundle(forged(SCRIPT, new TextEncoder().encode(script)));
    expect(opened.run.script).toBe(script);
  });
});
