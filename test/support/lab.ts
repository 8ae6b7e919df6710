// Starts the built lab for end-to-end tests: in Electron where its binary is, else served to Chromium.
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { _electron, chromium, type Page } from 'playwright-core';
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

/** Electron's binary, or null where it could not be had. */
export function electronBinary(): string | null {
  const over = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (over) return join(over, 'electron');
  const dir = join(ROOT, 'node_modules/electron');
  if (!existsSync(join(dir, 'path.txt'))) return null;
  const exe = join(dir, 'dist', readFileSync(join(dir, 'path.txt'), 'utf8').trim());
  return existsSync(exe) ? exe : null;
}

export interface LabUnderTest {
  readonly page: Page;
  readonly home: string;
  /** Console errors and policy violations so far. */
  readonly complaints: string[];
  close(): Promise<void>;
  /** The lab dies, without a chance to tidy up. */
  kill(): Promise<void>;
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

/** A window on the lab, and how to be rid of it. */
interface Size {
  readonly width: number;
  readonly height: number;
}
interface Shell extends Pick<LabUnderTest, 'page' | 'close' | 'kill'> {
  /** Where the page must go first; empty where it is there. */
  readonly url: string;
}

async function inElectron(executablePath: string, home: string, size: Size): Promise<Shell> {
  const app = await _electron.launch({
    executablePath,
    args: [ROOT, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
    env: { ...(process.env as Record<string, string>), FAULTLINE_HOME: home },
  });
  const page = await app.firstWindow();
  await app.evaluate(({ BrowserWindow }, { width, height }) => {
    BrowserWindow.getAllWindows()[0]?.setContentSize(width, height);
  }, size);
  const kill = async (): Promise<void> => {
    app.process().kill('SIGKILL');
  };
  return { page, url: '', close: () => app.close(), kill };
}

async function inChromium(home: string, viewport: Size): Promise<Shell> {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
  const { child, url } = await served(home);
  const browser = await chromium.launch({ executablePath, args: FLAGS });
  const page = await browser.newPage({ viewport, acceptDownloads: true });
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    child.removeAllListeners('exit');
    const gone = new Promise((done) => child.once('exit', done));
    child.kill(signal);
    await gone;
    await browser.close();
  };
  return {
    page,
    url,
    close: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

/** Open the lab in a window of this size, on a library of its own. */
export async function openLab(
  width = 1440,
  height = 900,
  home = mkdtempSync(join(tmpdir(), 'faultline-home-')),
): Promise<LabUnderTest> {
  const electron = electronBinary();
  const size = { width, height };
  const shell = electron ? await inElectron(electron, home, size) : await inChromium(home, size);
  const { page, url, close, kill } = shell;
  const complaints: string[] = [];
  page.on('console', (m) => {
    if (m.type() === 'error') complaints.push(m.text());
  });
  page.on('pageerror', (e) => complaints.push(e.message));
  if (url !== '') await page.goto(url);
  await page.waitForSelector('.monaco-editor .view-line');
  return { page, home, complaints, close, kill };
}

/** The step at the cursor. */
export async function cursor(page: Page): Promise<number> {
  const text = await page.textContent('[data-test=step]');
  return Number(/#(\d+)/.exec(text ?? '')?.[1] ?? 0);
}
