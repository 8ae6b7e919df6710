// Starts the built lab and a browser on it, for end-to-end tests.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { ROOT } from './experiments';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface LabUnderTest {
  readonly page: Page;
  readonly home: string;
  /** Console errors and policy violations so far. */
  readonly complaints: string[];
  close(): Promise<void>;
}

function served(home: string): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(ROOT, 'out/main/cli.js'), 'serve'], {
    env: { ...process.env, FAULTLINE_HOME: home },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise((resolve, reject) => {
    let text = '';
    child.stdout?.on('data', (d) => {
      text += d;
      const url = /http:\/\/\S+/.exec(text)?.[0];
      if (url) resolve({ child, url });
    });
    child.on('exit', (code) => reject(new Error(`serve ended with ${code}: ${text}`)));
  });
}

/** Open the lab in a browser window of this size. */
export async function openLab(width = 1440, height = 900): Promise<LabUnderTest> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const home = mkdtempSync(join(tmpdir(), 'faultline-home-'));
  const { child, url } = await served(home);
  const browser: Browser = await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage({ viewport: { width, height }, acceptDownloads: true });
  const complaints: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error') complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(e.message));
  await page.goto(url);
  await page.waitForSelector('.monaco-editor .view-line');
  return {
    page,
    home,
    complaints,
    async close() {
      await browser.close();
      child.removeAllListeners('exit');
      child.kill();
    },
  };
}

/** The step at the cursor. */
export async function cursor(page: Page): Promise<number> {
  const text = await page.textContent('[data-test=step]');
  return Number(/#(\d+)/.exec(text ?? '')?.[1] ?? 0);
}
