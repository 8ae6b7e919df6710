// end to end: what the tables of features promise, row by row, where no other test passes: the list of runs, tracks,
// minimap and zooms, problems, links, the event table, names of moments, lines and their events.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cursor, type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab(1440, 900);
  const { page } = lab;
  // Electron asks nobody, and has no such call.
  await page
    .context()
    .grantPermissions(['clipboard-read', 'clipboard-write'])
    .catch(() => {});
  await keys('Control+Enter');
  await page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
});
afterAll(() => lab?.close());

const keys = async (...all: string[]): Promise<void> => {
  for (const k of all) await lab.page.keyboard.press(k);
};
const text = (what: string): Promise<string | null> => lab.page.textContent(`[data-test=${what}]`);
const copied = (): Promise<string> => lab.page.evaluate(() => navigator.clipboard.readText());

/** Choose an entry of a list that is narrowed by typing: commands, tracks, steps. */
async function choose(key: string, words: string): Promise<void> {
  await keys(key);
  await lab.page.waitForSelector('[data-test=palette]');
  await lab.page.keyboard.type(words);
  await keys('Enter');
}

async function at(step: number): Promise<void> {
  await choose('Control+G', String(step));
  await expect.poll(() => cursor(lab.page)).toBe(step);
  await keys('Alt+2');
}

/** Chips under the timeline's bar. */
const chips = (): Promise<string> =>
  lab.page
    .locator('.chips')
    .allTextContents()
    .then((all) => all.join(' '));

test('every run is kept with its verdict, how it was searched for, and how long that took', async () => {
  const { page } = lab;
  expect(await text('run-made')).toMatch(/^[\d.]+ m?s · bounded, \d$/);
  const told = await page.getAttribute('[data-test=kept-run] .item', 'title');
  expect(told).toMatch(/\d+ steps$/);
  expect(await page.textContent('[data-test=kept-run]')).toContain('▼');
  await keys('Alt+2', 'Shift+P');
  const pin = page.locator('[data-test=kept-run] .act').first();
  await expect.poll(() => pin.getAttribute('aria-pressed')).toBe('true');
});

test('the console has the log of the run', async () => {
  const lines = lab.page.locator('[data-test=console] .xterm-rows');
  await keys('Alt+3');
  await expect.poll(async () => (await lines.textContent())?.replace(/\s+/g, ' ')).toContain('---');
});

test('a track is found, pinned, moved, hidden and shown again', async () => {
  await choose('Control+P', 'prq0.depth');
  await keys('Alt+2', 'p', 'Alt+ArrowUp', 'Delete');
  await expect.poll(chips).toContain('1 hidden');
  await lab.page.click('text=1 hidden: show');
  await expect.poll(chips).not.toContain('hidden');
});

test('the minimap jumps; a zoom is a crumb that leads back', async () => {
  const { page } = lab;
  await at(3);
  const map = page.locator('[data-test=timeline] canvas').first();
  const box = await map.boundingBox();
  if (!box) throw new Error('no minimap');
  await page.mouse.click(box.x + box.width * 0.8, box.y + box.height / 2);
  await expect.poll(() => cursor(page)).toBeGreaterThan(60);
  const here = await cursor(page);
  await keys('Alt+2', 'f');
  await expect.poll(chips).toContain(`‹ #${here}`);
  await page.click(`text=‹ #${here}`);
  await expect.poll(chips).not.toContain('‹');
  await keys('Alt+ArrowLeft');
  await expect.poll(() => cursor(page)).toBe(3);
});

test('play goes on by itself, and stops', async () => {
  await at(10);
  await keys('Space');
  await expect.poll(() => cursor(lab.page), { timeout: 20_000 }).toBeGreaterThan(12);
  await keys('Space');
  const there = await cursor(lab.page);
  await lab.page.waitForTimeout(400);
  expect(await cursor(lab.page)).toBe(there);
});

test('problems: the finding, then references that are not given back', async () => {
  await at(1);
  await keys('n');
  const step = /\(#(\d+)\)/.exec((await text('verdict')) ?? '')?.[1];
  await expect.poll(() => cursor(lab.page)).toBe(Number(step));
  // Where a domain stays attached, nobody gives its references back.
  await choose('Control+Shift+P', 'Gallery: Disable while reporting');
  await lab.page.selectOption('[data-test=variant]', 'series-v4');
  await keys('Control+Enter');
  await expect
    .poll(() => lab.page.locator('[data-test=kept-run].on').textContent())
    .toContain('series-v4');
  await keys('Alt+2', 'End', 'n');
  await expect.poll(() => text('info')).toMatch(/a reference on .* not given back/);
  // The first run is pinned.
  await lab.page.locator('[data-test=kept-run] .item').first().click();
  await expect.poll(() => text('where')).toContain('kworker');
});

test('marks: steps, time, switches and hand-offs between them; a summary of the range', async () => {
  await at(10);
  await keys('1');
  await at(100);
  await keys('2');
  await expect
    .poll(() => text('delta'))
    .toMatch(/^90 steps, .*s, \d+ switch(es)?, \d+ lock hand-offs?$/);
  await keys('r');
  await expect.poll(() => text('summary')).toContain('waited for');
  await keys('r');
});

test('two steps are linked, with words', async () => {
  await at(20);
  await keys('1');
  await at(30);
  await keys('l');
  await lab.page.waitForSelector('[data-test=note-text]');
  await lab.page.keyboard.type('this made that possible');
  await keys('Enter');
  await choose('Control+Shift+P', 'Notes');
  await expect.poll(() => text('notes')).toContain('#20→#30');
  const words = lab.page.locator('[data-test=notes] input').last();
  expect(await words.inputValue()).toBe('this made that possible');
});

test('requests without a response are one key away', async () => {
  await at(100);
  await keys('u');
  await expect.poll(() => lab.page.isChecked('[data-test=only-open]')).toBe(true);
  await keys('Alt+2', 'u');
  await expect.poll(() => lab.page.isChecked('[data-test=only-open]')).toBe(false);
});

test('the event table is sorted and copied', async () => {
  const { page } = lab;
  await keys('Alt+5');
  await page.click('[data-test=events] button.task');
  await expect
    .poll(() => page.getAttribute('[data-test=events] button.task', 'aria-sort'))
    .toBe('ascending');
  await page.click('[data-test=events] .copy');
  await expect.poll(copied).toMatch(/^#\d+\tdev0 job\t/);
  await page.click('[data-test=events] button.step');
});

test('a moment has a name that can be quoted', async () => {
  await at(42);
  await choose('Control+Shift+P', 'Copy the name of this moment');
  await expect.poll(copied).toMatch(/^[0-9a-f]{12}#42$/);
  const name = await copied();
  await at(7);
  await choose('Control+G', name);
  await expect.poll(() => cursor(lab.page)).toBe(42);
});

test('pointing at an event says all of it, and how far it is from the cursor', async () => {
  const { page } = lab;
  const box = await page.locator('canvas.canvas').boundingBox();
  if (!box) throw new Error('no timeline');
  await at(5);
  await keys('f', 'f');
  await expect
    .poll(async () => {
      for (let y = 20; y < 160; y += 8) {
        await page.mouse.move(box.x + box.width * 0.7, box.y + y);
        const tip = await page.locator('.tip').allTextContents();
        if (tip.join(' ').includes('from the cursor')) return tip.join(' ');
      }
      return '';
    })
    .toMatch(/#\d+ .*\+\d+ steps, .* from the cursor/);
});

test('a line of the script leads to its events, and an event to its line', async () => {
  const { page } = lab;
  await at(100);
  await keys('Alt+1', 'Control+End');
  const line = page.locator('.view-line', { hasText: 'dev.access' }).first();
  await line.click();
  await keys('Alt+Enter');
  await expect.poll(() => text('where')).toContain('script line');
  await expect.poll(() => page.locator('.at-cursor').count()).toBeGreaterThan(0);
  expect(lab.complaints).toEqual([]);
});
