// end to end in Electron, where its binary exists. Elsewhere the test is skipped and says so.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright-core';
import { expect, test } from 'vitest';
import { ROOT } from '../support/experiments';

function electronBinary(): string | null {
  const over = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (over) return join(over, 'electron');
  const dir = join(ROOT, 'node_modules/electron');
  if (!existsSync(join(dir, 'path.txt'))) return null;
  const exe = join(dir, 'dist', readFileSync(join(dir, 'path.txt'), 'utf8').trim());
  return existsSync(exe) ? exe : null;
}

const executablePath = electronBinary();
if (executablePath === null) console.log('skipped: the Electron binary is not on this machine');

test.runIf(executablePath !== null)('the window runs the first experiment', async () => {
  const app = await _electron.launch({
    executablePath: executablePath as string,
    args: [ROOT, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
  });
  const page = await app.firstWindow();
  await page.waitForSelector('.monaco-editor .view-line');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  expect(await page.textContent('[data-test=verdict]')).toContain('use-after-free');
  await app.close();
});
