// end to end: which shell this machine tests. Every test that opens a window does so in Electron where its
// binary is, else in Chromium (`support/lab.ts`); what only Electron can show is here.
import { expect, test } from 'vitest';
import { electronBinary, openLab } from '../support/lab';

const there = electronBinary() !== null;
console.log(
  there
    ? 'end-to-end tests run in Electron'
    : 'end-to-end tests run in Chromium; skipped: the Electron binary is not on this machine',
);

test.runIf(there)('the page of the window has no Node', async () => {
  const lab = await openLab();
  const found = await lab.page.evaluate(() =>
    ['require', 'process', 'module', 'Buffer'].filter((name) => name in globalThis),
  );
  expect(found).toEqual([]);
  await lab.page.keyboard.press('Control+Enter');
  await lab.page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  expect(lab.complaints).toEqual([]);
  await lab.close();
});
