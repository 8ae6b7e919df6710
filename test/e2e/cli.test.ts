// end to end: the command line as a user types it, exit codes included.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const dir = mkdtempSync(join(tmpdir(), 'faultline-cli-'));
const file = (name: string): string => join(dir, name);

function faultline(...args: string[]): { code: number; out: string; err: string } {
  const r = spawnSync(process.execPath, [join(ROOT, 'main/setup/faultline.mjs'), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { code: r.status ?? -1, out: r.stdout, err: r.stderr };
}

const FIRST = 'experiments/01-disable-while-responding.ts';

describe('run', () => {
  test('prints the verdict of each cell; 1 for a finding', () => {
    const { code, out } = faultline('run', FIRST);
    expect(code).toBe(1);
    expect(out.match(/as expected/g)).toHaveLength(8);
    expect(out).toContain('use-after-free in iommu_page_response');
  });
  test('0 when it held', () => {
    expect(faultline('run', FIRST, '--variant', 'v6.12').code).toBe(0);
  });
  test('the same command twice: byte-identical bundles', () => {
    for (const n of ['a', 'b']) {
      faultline(
        'run',
        FIRST,
        '--variant',
        'v6.1',
        '--seed',
        '7',
        '--runs',
        '400',
        '--out',
        file(n),
      );
    }
    expect(readFileSync(file('a'))).toEqual(readFileSync(file('b')));
  });
  test('--json is for programs', () => {
    const { out } = faultline('run', FIRST, '--variant', 'v6.1', '--driver', 'smmuv3', '--json');
    const { cells } = JSON.parse(out);
    expect(cells[0].verdict).toBe('fails');
    expect(cells[0].found[0].finding.checker).toBe('use-after-free');
  });
});

describe('bundles', () => {
  test('verify, replay, replay on another variant, export', () => {
    faultline('run', FIRST, '--variant', 'v6.1', '--driver', 'smmuv3', '--out', file('x'));
    const v = faultline('verify', file('x'));
    expect(v.code).toBe(0);
    expect(v.out).toContain('reproduced: all');
    expect(faultline('replay', file('x')).code).toBe(1);
    const other = faultline('replay', file('x'), '--variant', 'v6.12');
    expect([other.code, other.out]).toEqual([0, expect.stringContaining('survives')]);
    expect(faultline('export', file('x'), '--to', 'race').out).toContain('kfree(fault_param)');
    expect(faultline('export', file('x'), '--to', 'report').out).toMatch(/^Subject: /);
    expect(faultline('export', file('x'), '--to', 'splat').out).toContain('BUG: KASAN');
    faultline('export', file('x'), '--to', 'perfetto', '--out', file('x.pftrace'));
    expect(readFileSync(file('x.pftrace')).length).toBeGreaterThan(1000);
  });
  test('a lean bundle verifies and exports, too', () => {
    const lean = file('lean');
    faultline('run', FIRST, '--variant', 'v6.1', '--driver', 'smmuv3', '--lean', '--out', lean);
    expect(readFileSync(lean).length).toBeLessThan(10_240);
    expect(faultline('verify', lean).out).toContain('reproduced');
    expect(faultline('export', lean, '--to', 'race').out).toContain('kfree(fault_param)');
  });
});

describe('what is written for others', () => {
  const cell = ['--driver', 'smmuv3', '--variant'];

  test('JUnit of a campaign, whose failures are what was not expected', () => {
    faultline('run', FIRST, '--junit', file('junit.xml'));
    const xml = readFileSync(file('junit.xml'), 'utf8');
    expect(xml).toMatch(/<testsuites name="faultline" tests="\d+" failures="0"/);
    expect(xml).toContain('name="v6.1 smmuv3"');
  });

  test('diff: 0 for the same run, 1 and the place where two runs part', () => {
    faultline('run', FIRST, ...cell, 'v6.1', '--out', file('old'));
    faultline('run', FIRST, ...cell, 'v6.12', '--out', file('new'), '--lean');
    const same = faultline('diff', file('old'), file('old'));
    expect([same.code, same.out]).toEqual([0, expect.stringContaining('the same 124 steps')]);
    const parted = faultline('diff', file('old'), file('new'));
    expect(parted.code).toBe(1);
    expect(parted.out).toMatch(/the runs part at\n {2}a #\d+ .*\n {2}b #\d+ /);
    const json = JSON.parse(faultline('diff', file('old'), file('new'), '--json').out);
    expect(json.pairs.length).toBeGreaterThan(10);
  });

  test.each(['ftrace', 'kunit', 'svg', 'csv', 'json', 'arrow', 'junit'])('export --to %s', (to) => {
    faultline('run', FIRST, ...cell, 'v6.1', '--out', file('old'));
    faultline('export', file('old'), '--to', to, '--out', file(`old.${to}`));
    expect(readFileSync(file(`old.${to}`)).length).toBeGreaterThan(200);
  });
});

describe('bad input: one sentence and 2', () => {
  const bad = file('bad.ts');
  writeFileSync(
    bad,
    "import { experiment } from 'faultline';\nexport default experiment('t', {}, () => {\n  nonsense();\n});\n",
  );
  writeFileSync(file('foreign'), 'not a bundle at all, but long enough to look at');
  test.each([
    [['run', 'nowhere.ts'], /there is no file nowhere.ts/],
    [['run', bad], /line 3: .*nonsense is not/],
    [['run', FIRST, '--variant', 'v9'], /there is no kernel variant "v9"; known: v6.1/],
    [['run', FIRST, '--strategy', 'magic'], /there is no strategy "magic"/],
    [['run', FIRST, '--seed', 'x'], /whole number/],
    [['verify', file('foreign')], /foreign: this is not a bundle/],
    [['export', file('foreign'), '--to', 'docx'], /there is no export "docx"; known: race/],
    [['rnu'], /Did you mean run/],
  ])('%j', (args, sentence) => {
    const { code, err } = faultline(...args);
    expect(err).toMatch(sentence);
    expect(code).toBe(2);
  });
});

test.each(['list', 'faults', 'deviations'])('%s prints something for people and programs', (c) => {
  expect(faultline(c).out.length).toBeGreaterThan(200);
  expect(() => JSON.parse(faultline(c, '--json').out)).not.toThrow();
});

describe('zoo', () => {
  test('prints the matrix of what is named; 0 when every cell is as expected', () => {
    const { code, out } = faultline('zoo', 'b34', 'b35');
    expect(code).toBe(0);
    expect(out).toContain('every cell is as expected');
    expect(out).toMatch(/B34 {3}vt-d .*X +derived +found in execution 1/);
  });
  test('the same for programs', () => {
    const { out } = faultline('zoo', 'b34', '--json');
    const [row] = JSON.parse(out) as {
      id: string;
      cells: { asExpected: boolean; chain: string }[];
    }[];
    expect(row?.id).toBe('b34-count-leaks-on-rid-replace');
    for (const c of row?.cells ?? []) {
      expect(c.asExpected).toBe(true);
      expect(c.chain).toMatch(/^[0-9a-f]+$/);
    }
  });
});

test('a mail report replays: its token is a claim', () => {
  const cell = ['--variant', 'v6.1', '--driver', 'smmuv3'];
  faultline('run', FIRST, ...cell, '--out', file('mail.faultline'));
  faultline('export', file('mail.faultline'), '--to', 'report', '--out', file('mail.txt'));
  const { code, out } = faultline('verify', file('mail.txt'));
  expect(out).toContain('reproduced');
  expect(code).toBe(0);
});
