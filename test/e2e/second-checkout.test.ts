// end to end: a bundle made here is verified by a second checkout that was built on its own, and the second
// checkout's own bundle of the same cell has the same bytes.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const SCRIPT = 'experiments/01-disable-while-responding.ts';
const CELL = ['--variant', 'v6.1', '--driver', 'smmuv3'];

/** The sources as they are here, committed or not, in a folder of their own. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), 'faultline-second-'));
  const list = ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const files = execFileSync('git', list, { cwd: ROOT, encoding: 'utf8' });
  for (const file of files.split('\0').filter((f) => f !== '')) {
    cpSync(join(ROOT, file), join(folder, file));
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return folder;
}

function faultline(folder: string, ...args: string[]): { status: number | null; out: string } {
  const cli = join(folder, 'out/main/cli.js');
  const r = spawnSync(process.execPath, [cli, ...args], { cwd: folder, encoding: 'utf8' });
  return { status: r.status, out: r.stdout + r.stderr };
}

test('a bundle proves itself to a second checkout', () => {
  const second = checkout();
  const vite = join(ROOT, 'node_modules/electron-vite/bin/electron-vite.js');
  execFileSync(process.execPath, [vite, 'build'], { cwd: second, stdio: 'ignore' });
  const [here, there] = [join(second, 'here.faultline'), join(second, 'there.faultline')];
  expect(faultline(ROOT, 'run', join(ROOT, SCRIPT), ...CELL, '--out', here).status).toBe(1);
  const verified = faultline(second, 'verify', here);
  expect(verified.out).toContain('reproduced');
  expect(verified.status).toBe(0);
  expect(faultline(second, 'run', SCRIPT, ...CELL, '--out', there).status).toBe(1);
  expect(readFileSync(there).equals(readFileSync(here))).toBe(true);
});
