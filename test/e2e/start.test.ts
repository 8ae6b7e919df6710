// end to end: npm start chooses a shell, and says why.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

const start = join(ROOT, 'main/setup/start.mjs');

/** A stand-in for Electron's binary that says how it was called. */
function fakeElectron(): string {
  const dir = mkdtempSync(join(tmpdir(), 'faultline-electron-'));
  writeFileSync(join(dir, 'electron'), '#!/bin/sh\necho "electron called with $*"\n');
  chmodSync(join(dir, 'electron'), 0o755);
  return dir;
}

test('Electron where its binary and a display are', () => {
  const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: fakeElectron(), DISPLAY: ':0' };
  const r = spawnSync(process.execPath, [start], { encoding: 'utf8', env });
  expect(r.stdout).toContain(`electron called with ${ROOT}`);
  expect(r.status).toBe(0);
});

test('--browser forces the browser shell and prints an address', async () => {
  const env = { ...process.env, ELECTRON_OVERRIDE_DIST_PATH: fakeElectron(), DISPLAY: ':0' };
  const child = spawn(process.execPath, [start, '--browser'], { env });
  const text = await new Promise<string>((resolve) => {
    let all = '';
    child.stdout.on('data', (d) => {
      all += d;
      if (/token=\S+/.test(all)) resolve(all);
    });
  });
  child.kill();
  expect(text).toContain('opening the browser shell: as asked (--browser).');
  expect(text).toMatch(/http:\/\/127\.0\.0\.1:\d+\/\?token=/);
});

test('both at once are refused', () => {
  const r = spawnSync(process.execPath, [start, '--browser', '--electron'], { encoding: 'utf8' });
  expect(r.status).toBe(2);
  expect(r.stderr).toContain('exclude each other');
});
