// Makes the README's picture from the running program: node test/support/picture.mjs
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const home = mkdtempSync(join(tmpdir(), 'faultline-picture-'));
const lab = spawn(process.execPath, [join(root, 'out/main/cli.js'), 'serve'], {
  env: { ...process.env, FAULTLINE_HOME: home },
});
const url = await new Promise((done) => {
  let text = '';
  lab.stdout.on('data', (d) => {
    text += d;
    const found = /http:\S+/.exec(text);
    if (found) done(found[0]);
  });
});
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const page = await browser.newPage({
  viewport: { width: 1440, height: 900 },
  colorScheme: process.argv[3] ?? 'dark',
});
await page.goto(url);
await page.waitForSelector('.monaco-editor .view-line');
await page.keyboard.press('Control+Enter');
await page.waitForSelector('[data-test=verdict]');
await page.waitForTimeout(1500);
await page.keyboard.press('Enter');
await page.keyboard.press('f');
await page.keyboard.press('[');
await page.waitForTimeout(800);
await page.screenshot({ path: process.argv[2] ?? join(root, 'renderer/lab.png') });
await browser.close();
lab.kill();
