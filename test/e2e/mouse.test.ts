// end to end with the mouse: hover documentation, zoom, pan, a click that moves the cursor.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cursor, type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.close());

/** What the timeline shows, as a picture. */
const picture = (): Promise<string> =>
  lab.page.evaluate(
    () => document.querySelector<HTMLCanvasElement>('canvas.canvas')?.toDataURL() ?? '',
  );

test('hovering a call shows its documentation', async () => {
  const { page } = lab;
  await expect.poll(() => page.textContent('.view-lines')).toContain('addressSpace');
  const at = await page.evaluate(() => {
    const walk = document.createTreeWalker(
      document.querySelector('.view-lines') as Node,
      NodeFilter.SHOW_TEXT,
    );
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      const i = n.textContent?.indexOf('addressSpace') ?? -1;
      if (i < 0) continue;
      const range = document.createRange();
      range.setStart(n, i + 2);
      range.setEnd(n, i + 6);
      const { x, y, height } = range.getBoundingClientRect();
      return { x, y: y + height / 2 };
    }
    throw new Error('the call is not on screen');
  });
  // A hover that is asked for before the language service is up stays empty: point again, as a
  // person would.
  await expect
    .poll(
      async () => {
        await page.mouse.move(at.x, at.y + 200);
        await page.mouse.move(at.x - 5, at.y);
        await page.mouse.move(at.x, at.y);
        await page.waitForTimeout(1500);
        return (await page.locator('.monaco-hover').allTextContents()).join(' ');
      },
      { timeout: 90_000 },
    )
    .toContain('A process address space');
});

test('wheel zooms, drag pans, click moves the cursor', async () => {
  const { page } = lab;
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  await page.waitForTimeout(300);
  const box = await page.locator('canvas.canvas').boundingBox();
  if (!box) throw new Error('no timeline');
  const x = box.x + box.width * 0.6;
  const y = box.y + 60;
  await page.mouse.move(x, y);
  const whole = await picture();
  await page.keyboard.down('Control');
  for (let i = 0; i < 6; i++) await page.mouse.wheel(0, -100);
  await page.keyboard.up('Control');
  await expect.poll(picture).not.toBe(whole);
  const zoomed = await picture();
  await page.mouse.down();
  await page.mouse.move(x + 80, y, { steps: 5 });
  await page.mouse.up();
  await expect.poll(picture).not.toBe(zoomed);
  const before = await cursor(page);
  await page.mouse.click(x, y);
  await expect.poll(() => cursor(page)).not.toBe(before);
  expect(lab.complaints).toEqual([]);
});
