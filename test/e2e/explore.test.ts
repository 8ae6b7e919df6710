// `faultline explore`: the same on any number of cores, told as a stream, stopped and gone on with.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const CLI = join(ROOT, 'out/main/cli.js');
const FIRST = join(ROOT, 'experiments/01-disable-while-responding.ts');
const LAST = join(ROOT, 'experiments/06-does-the-user-count-cure-it.ts');
const ROUGH = join(ROOT, 'experiments/09-a-rough-machine.ts');
const MANY = join(ROOT, 'experiments/10-a-device-out-of-control.ts');
const home = mkdtempSync(join(tmpdir(), 'faultline-explore-'));
const file = (name: string): string => join(home, name);

function explore(...args: string[]): { code: number | null; out: string; err: string } {
  const r = spawnSync(process.execPath, [CLI, 'explore', ...args], { encoding: 'utf8' });
  return { code: r.status, out: r.stdout, err: r.stderr };
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

interface Line {
  type: string;
  coverage?: string;
  verdict?: string;
  found?: { cause: string }[];
  orders?: { executions: number };
  stopped?: boolean;
}

interface Kept {
  cells: { parts: { cuts?: number }[] }[];
}

const lines = (out: string): Line[] =>
  out
    .trim()
    .split('\n')
    .map((l) => JSON.parse(l) as Line);

const CELL = ['--variant', 'v6.1', '--driver', 'smmuv3'];

describe('cores', () => {
  test.each([
    ['dpor', '200000'],
    ['bounded', '3000'],
    ['delay', '3000'],
    ['pct', '1500'],
    ['auto', '1000'],
  ])('%s: one core and two tell the same', (strategy, runs) => {
    const args = [FIRST, ...CELL, '--strategy', strategy, '--runs', runs];
    const one = explore(...args, '--cores', '1');
    expect(one.code).toBe(1);
    expect(one.out).toContain('use-after-free in iommu_page_response');
    expect(explore(...args, '--cores', '2').out).toBe(one.out);
  });

  // In the first parts begin again from what one of them has learned, in the second some are needless.
  test.each([
    [LAST, 'series-v5', 'all 2,601 traces'],
    [MANY, 'v6.12', 'all 3,966 traces'],
  ])('dpor: the same in parts that depend on each other', (script, variant, all) => {
    const args = [script, '--variant', variant, '--strategy', 'dpor', '--runs', '20000'];
    const one = explore(...args, '--cores', '1');
    expect(one.out).toContain(all);
    expect(explore(...args, '--cores', '2').out).toBe(one.out);
  });

  test('dpor: the same where few parts are left, and are cut again', () => {
    const args = [ROUGH, '--variant', 'v6.9', '--strategy', 'dpor', '--runs', '45000'];
    const one = explore(...args, '--cores', '1');
    expect(one.out).toContain('warning in iommu_report_device_fault');
    const kept = file('cut-again');
    expect(explore(...args, '--cores', '3', '--resume', kept).out).toBe(one.out);
    // They are cut so many times at most, also when the search is gone on with.
    const { cells } = JSON.parse(readFileSync(kept, 'utf8')) as Kept;
    expect(cells[0]?.parts.some((part) => (part.cuts ?? 0) > 0)).toBe(true);
  });

  // In the second some have gone on from the same states.
  test.each([
    [ROUGH, 'v6.9', '12000'],
    [MANY, 'v6.12', '200000'],
  ])('stateful: the same in rounds', (script, variant, runs) => {
    const args = [script, '--variant', variant, '--strategy', 'stateful', '--runs', runs];
    const one = explore(...args, '--cores', '1');
    expect(one.out).toMatch(/[\d,]+ states/);
    expect(explore(...args, '--cores', '2').out).toBe(one.out);
    expect(explore(...args, '--cores', '3').out).toBe(one.out);
  });

  test('auto: the same through all of its stages', () => {
    const args = [MANY, '--variant', 'v6.12', '--runs', '1500'];
    const one = explore(...args, '--cores', '1');
    expect(one.out).toMatch(/300 samples by PCT with depth 3 \(seed 1\), \d+ different traces/);
    expect(explore(...args, '--cores', '2').out).toBe(one.out);
  });
});

describe('stream', () => {
  test('begins, tells each cell with causes and orders, ends', () => {
    const { out } = explore(FIRST, ...CELL, '--strategy', 'dpor', '--json');
    const all = lines(out);
    expect(all.map((l) => l.type).filter((t) => t !== 'progress')).toEqual([
      'start',
      'cell',
      'end',
    ]);
    const cell = all.find((l) => l.type === 'cell');
    expect(cell?.verdict).toBe('fails');
    expect(cell?.coverage).toMatch(/^all \d+ traces$/);
    expect(cell?.found?.[0]?.cause).toContain('use-after-free');
    expect(cell?.orders?.executions).toBeGreaterThan(0);
    expect(all.at(-1)?.stopped).toBe(false);
  });
});

describe('resume', () => {
  test('a search of states goes on from where its rounds have come to', () => {
    const args = [MANY, '--variant', 'v6.12', '--strategy', 'stateful'];
    const all = /all [\d,]+ states/;
    const [whole] = all.exec(explore(...args, '--runs', '200000').out) ?? [];
    expect(whole).toBeDefined();
    for (const before of ['300', '9000']) {
      const rest = file(`states-${before}.search`);
      expect(explore(...args, '--runs', before, '--resume', rest).out).toContain('out of budget');
      expect(explore(MANY, '--runs', '200000', '--resume', rest).out).toContain(whole);
    }
  });

  test('a search without executions left goes on with more of them', () => {
    const rest = file('budget.search');
    const args = [FIRST, ...CELL, '--strategy', 'bounded', '--bound', '1'];
    const part = explore(...args, '--runs', '60', '--resume', rest);
    expect(part.out).toContain('then out of budget');
    const whole = explore(...args);
    const rested = explore(FIRST, '--runs', '200000', '--resume', rest);
    expect(rested.out).toBe(whole.out);
  });

  test('a stopped search tells what it has, and goes on to the same end', async () => {
    const rest = file('stopped.search');
    const cell = ['--variant', 'v6.12', '--driver', 'vt-d'];
    const args = [LAST, ...cell, '--strategy', 'bounded', '--bound', '2'];
    // Ctrl+C in a terminal goes to all processes of the group, those that search included.
    const command = [CLI, 'explore', ...args, '--json', '--resume', rest];
    const child = spawn(process.execPath, command, { detached: true });
    let out = '';
    let told = false;
    child.stdout.on('data', (d: Buffer) => {
      out += d.toString();
      if (told || !out.includes('"progress"')) return;
      told = true;
      process.kill(-(child.pid as number), 'SIGINT');
    });
    await new Promise((resolve) => child.on('close', resolve));
    expect(lines(out).at(-1)).toEqual({ type: 'end', stopped: true });
    expect(existsSync(rest)).toBe(true);
    expect(out).toContain('then out of budget');
    const whole = explore(...args);
    expect(whole.out).not.toContain('out of budget');
    expect(explore(LAST, '--resume', rest).out).toBe(whole.out);
  });

  test('a search that is one long piece of work stops in the middle of it', async () => {
    const many = 100_000_000;
    const how = ['--strategy', 'random', '--runs', String(many), '--cores', '1', '--json'];
    const child = spawn(process.execPath, [CLI, 'explore', FIRST, ...CELL, ...how]);
    let out = '';
    let told = false;
    child.stdout.on('data', (d: Buffer) => {
      out += d.toString();
      if (told || out.split('"progress"').length < 4) return;
      told = true;
      child.kill('SIGINT');
    });
    await new Promise((resolve) => child.on('close', resolve));
    const all = lines(out);
    expect(all.at(-1)).toEqual({ type: 'end', stopped: true });
    const { executions } = all.at(-2) as unknown as { executions: number };
    expect(executions).toBeGreaterThan(0);
    // It is dealt out in 64 parts, and the first of them was not done.
    expect(executions).toBeLessThan(many / 64);
  });

  /** A search that nobody waits for the end of. */
  const ENDLESS = [FIRST, ...CELL, '--strategy', 'random', '--runs', '100000000', '--json'];

  test('who reads has read enough: the search is stopped and kept', async () => {
    const rest = file('unheard.search');
    const child = spawn(process.execPath, [CLI, 'explore', ...ENDLESS, '--resume', rest]);
    let complaints = '';
    child.stderr.on('data', (d: Buffer) => {
      complaints += d.toString();
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(complaints).toBe('');
    expect([0, 1]).toContain(code);
    expect(existsSync(rest)).toBe(true);
  });

  test('processes that search end with the one that has asked them', async () => {
    const child = spawn(process.execPath, [CLI, 'explore', ...ENDLESS]);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (d: Buffer) => d.toString().includes('"progress"') && resolve());
    });
    const searching = childrenOf(child.pid as number);
    expect(searching.length).toBeGreaterThan(0);
    child.kill('SIGKILL');
    const alive = (): number[] => searching.filter((pid) => existsSync(`/proc/${pid}/exe`));
    await expect.poll(alive).toEqual([]);
  });

  test.each([
    ['not-json', 'hello', /not-json is not a kept search: it is not JSON/],
    ['other', '{"format":"else"}', /other is not a kept search: at /],
  ])('%s: one sentence, and the file stays', (name, text, sentence) => {
    writeFileSync(file(name), text);
    const { code, err } = explore(FIRST, '--resume', file(name));
    expect(code).toBe(2);
    expect(err).toMatch(sentence);
    expect(readFileSync(file(name), 'utf8')).toBe(text);
  });

  test('a kept search of another script is refused', () => {
    const rest = file('mine.search');
    explore(FIRST, ...CELL, '--strategy', 'pct', '--runs', '50', '--resume', rest);
    const { code, err } = explore(LAST, '--resume', rest);
    expect(code).toBe(2);
    expect(err).toContain('belongs to another script');
  });
});
