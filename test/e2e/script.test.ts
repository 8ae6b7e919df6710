// end to end: writing a script. Squiggles with the lab's typings, completion, mistakes at their
// line, an endless loop that does not take the lab down, scratch that survives.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LabUnderTest, openLab } from '../support/lab';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab(1280, 800);
});
afterAll(() => lab?.close());

async function write(text: string): Promise<void> {
  const { page } = lab;
  await page.keyboard.press('Alt+1');
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(text);
}

const head =
  "import { experiment } from 'faultline';\nexport default experiment('mine', { variants: ['v6.12'] }, (lab) => {\n";

test('a type error gets a squiggle, completion knows the lab', async () => {
  const { page } = lab;
  await write(`${head}  lab.device(42);\n});\n`);
  await page.waitForSelector('.squiggly-error', { timeout: 30_000 });
  await write(`${head}  \n});\n`);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.type('lab.addr');
  await page.keyboard.press('Control+Space');
  await expect
    .poll(() => page.textContent('.suggest-widget'), { timeout: 30_000 })
    .toContain('addressSpace');
  await page.keyboard.press('Escape');
});

/** What the editor shows, with plain blanks. */
const shown = async (): Promise<string> =>
  ((await lab.page.textContent('.view-lines')) ?? '').replace(/\s/g, ' ');

test('a gallery script is copied when it is edited, and stays as it was', async () => {
  const { page } = lab;
  await expect
    .poll(() => page.textContent('[role=tablist][aria-label=scripts]'))
    .toContain('copy-1');
  await page.getByText('1. Disable while responding').click();
  await expect.poll(shown).toContain('A driver that waits only');
  await page.click('[data-test=script-copy-1]');
  await expect
    .poll(() => page.textContent('.view-lines'))
    .not.toContain('A driver that waits only');
});

test('what is typed in the editor is text, and no command', async () => {
  const { page } = lab;
  await write(`${head}  // \n});\n`);
  await page.keyboard.press('Control+Home');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  await page.keyboard.type('quiet? 1 2 h');
  await expect.poll(shown).toContain('// quiet? 1 2 h');
  expect(await page.locator('dialog[open]').count()).toBe(0);
});

test('a forgotten yield* is named at its line, and the text is kept as scratch', async () => {
  const { page, home } = lab;
  const text = `${head}  lab.task('a', function* () {\n    lab.mark('x');\n  });\n});\n`;
  await write(text);
  await expect
    .poll(() => page.textContent('[data-test=problem]'), { timeout: 10_000 })
    .toContain('line 4: "mark" is not waited for');
  // The editor indents what is inserted; the words are what counts.
  const words = (s: string): string => s.replace(/\s+/g, ' ').trim();
  await expect
    .poll(() => words(readFileSync(join(home, 'scratch/copy-1.ts'), 'utf8')))
    .toBe(words(text));
});

test('an endless loop can be cancelled, and the lab lives on', async () => {
  const { page } = lab;
  await write(`${head}  lab.task('a', function* () {\n    for (;;) {}\n  });\n});\n`);
  await expect.poll(() => page.textContent('.status'), { timeout: 10_000 }).toContain('mine');
  await page.keyboard.press('Control+Enter');
  await page.waitForSelector('[data-test=progress]');
  await page.keyboard.press('Escape');
  await expect.poll(() => page.textContent('[data-test=error]')).toContain('cancelled');
  await write(`${head}  lab.task('a', function* () {\n    yield* lab.mark('hello');\n  });\n});\n`);
  await expect.poll(() => page.textContent('.status'), { timeout: 10_000 }).toContain('mine');
  await page.keyboard.press('Control+Enter');
  await expect
    .poll(() => page.textContent('[data-test=verdict]'), { timeout: 30_000 })
    .toContain('holds');
});
