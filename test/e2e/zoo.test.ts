// end to end: the bug zoo in the window, by keyboard. A bug on every cell of its matrix, patch levels
// included; a run at a patch level is saved and opened again.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab(1280, 800);
});
afterAll(() => lab?.close());

test('B34 on every cell of its matrix, a patch level among them', async () => {
  const { page } = lab;
  await page.focus('[data-test=zoo] summary');
  await page.keyboard.press('Enter');
  await page.getByText('B34:').focus();
  await page.keyboard.press('Enter');
  await expect.poll(() => page.textContent('.status'), { timeout: 10_000 }).toContain('B34');
  await page.keyboard.press('Alt+7');
  await page.focus('[data-test=explore]');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => page.textContent('[data-test=campaign]'), { timeout: 60_000 })
    .toMatch(/v6\.12 vt-d ?✔ holds/);
  await page.waitForSelector('[data-test=explore]', { timeout: 60_000 });
  const cells = (await page.textContent('[data-test=campaign]')) ?? '';
  expect(cells).toMatch(/v6\.16 vt-d ?▼ fails/);
  expect(cells).toContain('v6.16~rid-count-dropped vt-d');
  expect(cells).not.toContain('expected:');
  expect(lab.complaints).toEqual([]);
});

test('a run at a patch level is saved under a plain name and opens again', async () => {
  const { page, home } = lab;
  await page.selectOption('[data-test=variant]', 'v6.16~rid-count-dropped');
  await page.keyboard.press('Control+Enter');
  await expect
    .poll(() => page.textContent('[role=status].verdict'), { timeout: 30_000 })
    .toContain('v6.16~rid-count-dropped');
  await page.keyboard.press('Control+s');
  const bundles = (): string[] =>
    readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((f) =>
      f.endsWith('.faultline'),
    );
  await expect.poll(() => bundles().length, { timeout: 10_000 }).toBe(1);
  expect(bundles()[0]).toMatch(/^[\w./-]+$/);
  expect(join(home, bundles()[0] ?? '')).toContain('v6.16_rid-count-dropped');
});
