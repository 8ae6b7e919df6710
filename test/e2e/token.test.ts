// end to end: a mail with a token is pasted anywhere, and opens; nothing of a stranger's runs before consent.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeToken } from '../../main/bundle/token';
import { mailReport } from '../../main/export/report';
import { scriptByDigest } from '../../main/ipc/texts';
import { galleryScripts, keptRun } from '../support/experiments';
import { type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab();
});
afterAll(() => lab?.close());

async function paste(text: string): Promise<void> {
  await lab.page.evaluate((t) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', t);
    const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
    (document.activeElement ?? document.body).dispatchEvent(event);
  }, text);
}

const dialogs = (): Promise<number> => lab.page.locator('dialog[open]').count();

test('a quoted mail is pasted: the claim opens; a script that ships with the lab is replayed', async () => {
  const [, script] = galleryScripts()[0] as [string, string];
  const run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  const mail = mailReport(run, writeToken(run, scriptByDigest)).replace(/^/gm, '> ');
  const { page } = lab;
  await paste(mail);
  await page.waitForSelector('[data-test=verdict]');
  expect(await page.textContent('[data-test=verdict]')).toContain('use-after-free');
  await expect
    .poll(() => page.textContent('[data-test=verified]'), { timeout: 30_000 })
    .toContain('reproduced');
  expect(await dialogs()).toBe(0);
});

test("a stranger's script is not executed before consent; consent holds for the claim", async () => {
  const [, shipped] = galleryScripts()[0] as [string, string];
  const run = await keptRun(`${shipped}// changed\n`, { variant: 'v6.1', driver: 'smmuv3' });
  const token = writeToken(run, scriptByDigest);
  // The window holds a bundle: this one gets a window of its own.
  const opening = lab.page.context().waitForEvent('page');
  await paste(token);
  const page = await opening;
  await expect
    .poll(() => page.textContent('[data-test=info]'))
    .toContain('nothing in it was executed');
  await expect.poll(() => page.textContent('[data-test=intact]')).toContain('not replayed');
  await page.keyboard.press('Control+Shift+V');
  await page.waitForSelector('[data-test=consent]');
  await page.keyboard.press('Enter');
  const verified = (): Promise<string | null> => page.textContent('[data-test=verified]');
  await expect.poll(verified, { timeout: 30_000 }).toContain('reproduced');
  await page.keyboard.press('Control+Shift+V');
  await expect.poll(() => page.locator('dialog[open]').count()).toBe(0);
  await expect.poll(verified, { timeout: 30_000 }).toContain('reproduced');
  expect(lab.complaints).toEqual([]);
  await page.close();
});

test('a damaged one gets its sentence', async () => {
  const { page } = lab;
  await paste('8<---- faultline token ----8<\nABCDEFGHABCDEFGH\n>8---- end of token ---->8');
  await expect.poll(() => page.textContent('body')).toContain('the token is damaged');
});
