// end to end: a run of many events is saved and exported beside the window, which shows how far it is and can
// call it off.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';
import { type LabUnderTest, openLab } from '../support/lab';

const EVENTS = 200_000;
const home = mkdtempSync(join(tmpdir(), 'faultline-large-'));
const bundles = join(home, 'bundles');
const node = (...args: string[]): number | null => spawnSync(process.execPath, args).status;

let lab: LabUnderTest;
beforeAll(async () => {
  mkdirSync(bundles);
  const large = join(bundles, 'large.faultline');
  const script = join(ROOT, 'experiments/01-disable-while-responding.ts');
  const cell = ['--variant', 'v6.1', '--driver', 'smmuv3'];
  expect(node(join(ROOT, 'out/main/cli.js'), 'run', script, ...cell, '--out', large)).toBe(1);
  expect(node(join(ROOT, 'out/main/million.js'), large, String(EVENTS))).toBe(0);
  lab = await openLab(1440, 900, home);
});
afterAll(() => lab?.close());

const text = (name: string): Promise<string | null> =>
  lab.page.textContent(`[data-test=${name}]`).catch(() => null);

async function command(words: string): Promise<void> {
  await lab.page.keyboard.press('Control+Shift+P');
  await lab.page.keyboard.type(words);
  await lab.page.keyboard.press('Enter');
}

/** What the window says of the work, whenever it changes. */
async function watched(): Promise<() => Promise<string[]>> {
  await lab.page.evaluate(() => {
    const seen: string[] = [];
    Object.assign(window, { seen });
    const look = (): void => {
      const now = document.querySelector('[data-test=progress]')?.textContent ?? '';
      if (now !== '' && seen.at(-1) !== now) seen.push(now);
    };
    new MutationObserver(look).observe(document.body, {
      subtree: true,
      childList: true,
      characterData: true,
    });
  });
  return () => lab.page.evaluate(() => (window as unknown as { seen: string[] }).seen);
}

test('a long run opens', async () => {
  await command('open recent: large');
  await expect.poll(() => text('step')).toContain(`/${EVENTS}`);
});

test('saving tells how far it is, and the window goes on meanwhile', async () => {
  const { page } = lab;
  const seen = await watched();
  const download = page.waitForEvent('download');
  await page.keyboard.press('Control+S');
  await page.waitForSelector('[data-test=cancel]');
  // Another step is looked at while it is saved.
  await page.keyboard.press('Alt+2');
  await page.keyboard.press('Home');
  await expect.poll(() => text('inspector')).toContain('Stack at #1');
  await download;
  await expect.poll(() => text('info')).toContain('saved');
  expect((await seen()).some((s) => /^save: \d+ %$/.test(s))).toBe(true);
  expect(readdirSync(bundles)).toHaveLength(2);
  expect(readdirSync(join(home, 'spool'))).toEqual([]);
});

test('an export is called off: nothing is written, nothing is lost', async () => {
  const { page } = lab;
  const seen = await watched();
  await command('export: events as json');
  await page.waitForSelector('[data-test=cancel]');
  await expect
    .poll(async () => (await seen()).filter((s) => /^export.*: \d+ %$/.test(s)))
    .not.toEqual([]);
  await page.keyboard.press('Escape');
  await expect.poll(() => text('error')).toContain('cancelled');
  await page.keyboard.press('End');
  await expect.poll(() => text('step')).toContain(`#${EVENTS}/`);
  expect(readdirSync(bundles)).toHaveLength(2);
});

test('the lab dies while it saves: the old file is whole, and the run can be rebuilt', async () => {
  const spool = join(home, 'spool');
  const old = readdirSync(bundles).sort();
  const bytes = old.map((name) => readFileSync(join(bundles, name)));
  await lab.page.keyboard.press('Control+S');
  const whole = (): string[] => readdirSync(spool).filter((name) => name.endsWith('.faultline'));
  await expect.poll(() => whole().length, { interval: 5 }).toBe(1);
  await lab.kill();
  expect(
    readdirSync(bundles)
      .filter((name) => name.endsWith('.faultline'))
      .sort(),
  ).toEqual(old);
  expect(old.map((name) => readFileSync(join(bundles, name)))).toEqual(bytes);

  lab = await openLab(1440, 900, home);
  await expect
    .poll(() => text('recovered'))
    .toMatch(/A save was cut off\. .*-recovered\.faultline/);
  await lab.page.focus('[data-test=recovered] button');
  await lab.page.keyboard.press('Enter');
  await expect.poll(() => text('verdict')).toContain('use-after-free');
});
