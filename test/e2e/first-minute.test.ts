// end to end: the first minute without a mouse, in a real browser on the built lab.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cursor, type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.close());

async function command(words: string): Promise<void> {
  await lab.page.keyboard.press('Control+Shift+P');
  await lab.page.waitForSelector('[data-test=palette]');
  await lab.page.keyboard.type(words);
  await lab.page.keyboard.press('Enter');
}

test('open → run → verdict → access → free → save → reopen → verify', async () => {
  const { page } = lab;
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  expect(await page.textContent('[data-test=verdict]')).toContain(
    'use-after-free of iommu_fault_param#1 in iommu_page_response',
  );

  // The verdict has the focus: Enter jumps to the access.
  await page.keyboard.press('Enter');
  await expect.poll(() => page.textContent('[data-test=where]')).toContain('mutex_unlock');
  const access = await cursor(page);
  expect(await page.textContent('[data-test=inspector]')).toContain('held by kworker/u4:0');

  // [ goes back to the free; the inspector shows the object freed, the script line is known.
  await page.keyboard.press('[');
  await expect
    .poll(() => page.textContent('[data-test=where]'))
    .toContain('free iommu_fault_param#1');
  const where = await page.textContent('[data-test=where]');
  expect(where).toContain('iommu_unregister_device_fault_handler');
  expect(where).toMatch(/io-pgfault\.ts:\d+/);
  expect(where).toMatch(/script line \d+/);
  expect(await cursor(page)).toBeLessThan(access);

  // Steps forward and back.
  const free = await cursor(page);
  await page.keyboard.press('ArrowRight');
  await expect.poll(() => cursor(page)).toBe(free + 1);
  await page.keyboard.press('ArrowLeft');
  await expect.poll(() => cursor(page)).toBe(free);

  // Save: a download, and a file in the library.
  const download = page.waitForEvent('download');
  await page.keyboard.press('Control+S');
  const name = (await download).suggestedFilename();
  expect(name).toBe('disable-while-responding-v6.1-smmuv3.faultline');
  await expect.poll(() => page.textContent('[data-test=info]')).toContain('saved');
  expect(readdirSync(join(lab.home, 'bundles'))).toEqual([name]);

  // Reopen: intact. Its script ships with the lab, so it is replayed without a question.
  await command('open recent');
  await expect.poll(() => page.textContent('[data-test=info]')).toContain('ships with the lab');
  await expect
    .poll(() => page.textContent('[data-test=verified]'), { timeout: 30_000 })
    .toContain('reproduced: all');
  expect(lab.complaints).toEqual([]);
});

test('the same schedule on the fixed variant', async () => {
  await command('schedule on v6.12');
  await expect
    .poll(() => lab.page.textContent('[data-test=verdict]'), { timeout: 30_000 })
    .toMatch(/v6\.12 survives this schedule \(\d+ of \d+ switch points met\)/);
});

test('the console steps and tells', async () => {
  const { page } = lab;
  await page.keyboard.press('Alt+3');
  await page.keyboard.type('goto 5\nlocks\nbt\n');
  await expect.poll(() => cursor(page)).toBe(5);
  await page.keyboard.type('step 2\n');
  await expect.poll(() => cursor(page)).toBe(7);
  await page.keyboard.type('back\n');
  await expect.poll(() => cursor(page)).toBe(6);
  expect(lab.complaints).toEqual([]);
});

test('the race diagram is one key away, can be changed and edited, and is found again', async () => {
  const { page } = lab;
  await command('open recent');
  await expect.poll(() => page.textContent('[data-test=verdict]')).toContain('use-after-free');
  await page.keyboard.press('Control+Shift+C');
  const diagram = (): Promise<string> => page.inputValue('[data-test=race-text]');
  await expect.poll(diagram).toContain('kfree(fault_param)');
  const suggested = await diagram();
  await page.selectOption('[data-test=race-by]', 'cpu');
  await expect.poll(diagram).toMatch(/^CPU\d/);
  await page.selectOption('[data-test=race-by]', 'task');
  await expect.poll(diagram).toBe(suggested);
  // One statement less.
  const ticks = '[data-test=race] li input:checked';
  const before = await page.locator(ticks).count();
  await page.locator(ticks).first().focus();
  await page.keyboard.press('Space');
  await expect.poll(() => page.locator(ticks).count()).toBe(before - 1);
  await expect.poll(async () => (await diagram()).length).toBeLessThan(suggested.length);
  // A word by hand: nothing overwrites it until it is drawn again.
  await page.focus('[data-test=race-text]');
  await page.keyboard.press('Control+End');
  await page.keyboard.type('so it is');
  await page.locator(ticks).first().focus();
  await page.keyboard.press('Space');
  await expect.poll(() => page.locator(ticks).count()).toBe(before - 2);
  expect(await diagram()).toContain('so it is');
  await page.click('[data-test=race-suggest]');
  await expect.poll(diagram).toBe(suggested);
  await page.keyboard.press('Escape');
  // Pasted from a mail: its steps are searched for.
  await page.keyboard.press('Alt+2');
  await page.keyboard.press('Home');
  await page.evaluate((text) => {
    const data = new DataTransfer();
    data.setData('text/plain', text.replace(/^/gm, '> '));
    window.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true }));
  }, suggested);
  await expect.poll(() => page.inputValue('[data-test=search]')).toMatch(/^step:\d+(,\d+)+$/);
  await expect
    .poll(() => page.textContent('[data-test=info]'))
    .toMatch(/the \d+ steps of the diagram/);
  await page.keyboard.press('/');
  await page.keyboard.press('Control+A');
  await page.keyboard.press('Delete');
  await page.keyboard.press('Escape');
});

test('a dropped file that is no bundle gets one sentence and loses nothing', async () => {
  const { page } = lab;
  const before = await page.textContent('[data-test=verdict]');
  await page.setInputFiles('[data-test=file]', {
    name: 'x.faultline',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from('hello'),
  });
  await expect.poll(() => page.textContent('[data-test=error]')).toContain('this is not a bundle');
  expect(await page.textContent('[data-test=verdict]')).toBe(before);
  const bytes = readFileSync(
    join(lab.home, 'bundles/disable-while-responding-v6.1-smmuv3.faultline'),
  );
  const data = await page.evaluateHandle(
    (b) => {
      const t = new DataTransfer();
      t.items.add(new File([Uint8Array.from(b)], 'dropped.faultline'));
      return t;
    },
    [...bytes],
  );
  await page.dispatchEvent('.app', 'drop', { dataTransfer: data });
  await expect.poll(() => page.textContent('[data-test=info]')).toContain('intact');
});
