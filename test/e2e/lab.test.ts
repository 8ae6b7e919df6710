// end to end, by keyboard: fork, what if a fault had not fired, compare, campaign with stop and resume,
// notes and share, a hostile bundle, the debugger, the happens-before cone, search and filter.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { unzipSync, zipSync } from 'fflate';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/experiments';
import { cursor, type LabUnderTest, openLab } from '../support/lab';

const MUSEUM = join(ROOT, 'test/museum/v1.faultline');
const RUN = '[data-test=kept-run]';

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab(1280, 800);
});
afterAll(() => lab?.close());

const keys = async (...all: string[]): Promise<void> => {
  for (const k of all) await lab.page.keyboard.press(k);
};
const text = (what: string): Promise<string | null> => lab.page.textContent(`[data-test=${what}]`);

async function command(words: string): Promise<void> {
  await keys('Control+Shift+P');
  await lab.page.waitForSelector('[data-test=palette]');
  await lab.page.keyboard.type(words);
  await keys('Enter');
}

/** Run the open script, and stand in the timeline at a step. */
async function at(step: number): Promise<void> {
  await keys('Control+G');
  await lab.page.waitForSelector('[data-test=palette]');
  await lab.page.keyboard.type(String(step));
  await keys('Enter');
  await expect.poll(() => cursor(lab.page)).toBe(step);
  await keys('Alt+2');
}

test('the guide leads through the first bug', async () => {
  const { page } = lab;
  expect(await text('guide')).toContain('1/7');
  await keys('Control+Enter');
  await page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  await expect.poll(() => text('guide')).toContain('2/7');
  await keys('Enter');
  await expect.poll(() => text('guide')).toContain('3/7');
  await keys('[');
  await expect.poll(() => text('guide')).toContain('4/7');
  await keys('ArrowRight');
  await expect.poll(() => text('guide')).toContain('5/7');
});

test('the orders that the finding needs are drawn, and named by their steps', async () => {
  const { page } = lab;
  await at(100);
  await keys('o');
  const orders = page.locator('[data-test=order]');
  await expect.poll(() => orders.count()).toBeGreaterThan(0);
  const [, first, second] =
    /#(\d+) before #(\d+)/.exec((await orders.first().textContent()) ?? '') ?? [];
  expect(Number(first)).toBeLessThan(Number(second));
  expect(await orders.first().getAttribute('title')).toMatch(/ in .*: .*\nbefore .* in /);
  await keys('o');
  await expect.poll(() => orders.count()).toBe(0);
});

test('open choices say why the others cannot run; Enter forks, and the fork is a run of its own', async () => {
  const { page } = lab;
  await at(40);
  await keys('c');
  await expect.poll(() => text('choices')).toContain('it waits for a response to dev0.pci');
  await keys('Alt+6');
  await page.focus('[data-test=choices] [role=listbox]');
  await keys('Enter');
  await expect.poll(() => text('info'), { timeout: 30_000 }).toContain('driver runs after #40');
  const runs = await page.locator('nav .run').count();
  expect(runs).toBe(2);
  await keys('Alt+2', 'Alt+ArrowLeft');
  await expect.poll(() => cursor(page)).toBe(40);
});

test('the same schedule on another variant, beside each other: the first difference is marked', async () => {
  const { page } = lab;
  await command('schedule on v6.12-leakfix');
  await expect.poll(() => text('verdict'), { timeout: 30_000 }).toContain('v6.12-leakfix survives');
  await keys('Control+3');
  await expect
    .poll(() => text('comparison'))
    .toMatch(/A, v6\.12-leakfix smmuv3: nothing was found\. B, v6\.1/);
  expect(await text('comparison')).toContain('Each is one schedule');
  expect(await page.locator('[data-test=compare] canvas').count()).toBe(2);
  const step = await cursorInCompare();
  await keys('ArrowRight');
  await expect.poll(cursorInCompare).not.toBe(step);
  await keys('Escape');
  await expect.poll(() => page.locator('[data-test=compare]').count()).toBe(0);
});

/** While two runs are compared there is no step bar: the inspector's state says where we are. */
const cursorInCompare = (): Promise<string> =>
  lab.page.evaluate(
    () =>
      document.querySelector<HTMLCanvasElement>('[data-test=compare] canvas')?.toDataURL() ?? '',
  );

test('cone, marks, range, search and filter', async () => {
  const { page } = lab;
  await at(100);
  await keys('h');
  await expect
    .poll(() => text('cone-count'))
    .toMatch(/#100: \d+ before, \d+ after, \d+ concurrent/);
  await keys('h', '1');
  await at(60);
  await keys('2');
  await expect.poll(() => text('delta')).toMatch(/^40 steps, .* switch(es)?, \d+ lock hand-offs?$/);
  await keys('r');
  await expect.poll(() => text('summary')).toContain('#60 to #100: 41 events');
  await keys('r', '/');
  await page.keyboard.type('page_response');
  await expect.poll(() => text('found')).toMatch(/found|of/);
  await keys('Enter');
  await expect.poll(() => text('where')).toContain('page_response');
  await keys('Escape');
  await page.fill('[data-test=filter]', 'task:kworker');
  await expect.poll(() => text('shown')).toMatch(/^\d+ of \d+ shown/);
  await page.fill('[data-test=filter]', '');
  await expect.poll(() => page.locator('[data-test=shown]').count()).toBe(0);
});

test('groupings and axes keep the place', async () => {
  const { page } = lab;
  await at(70);
  for (const k of ['t', 't', 't', 'x', 'x']) await keys(k);
  expect(await cursor(page)).toBe(70);
  expect(await text('axis')).toContain('steps');
});

test('a campaign is stopped, gone on with, and tells findings by cause', async () => {
  const { page } = lab;
  await keys('Alt+7');
  await page.waitForSelector('[data-test=strategy]');
  await page.selectOption('[data-test=strategy]', 'random');
  await page.fill('[data-test=runs]', '4000000');
  const boxes = page.locator('[data-test=campaign] input[type=checkbox]');
  for (let i = (await boxes.count()) - 1; i > 0; i--) {
    await boxes.nth(i).focus();
    await keys('Space');
  }
  expect(await page.locator('[data-test=campaign] tbody tr').first().textContent()).toContain(
    '4,000,000',
  );
  await page.focus('[data-test=explore]');
  await keys('Enter');
  await expect
    .poll(() => text('pace'), { timeout: 30_000 })
    .toMatch(/\d,\d{3} executions, [\d,]+\/s/);
  // A slow machine is past a thousand executions long before the one that finds the bug.
  const row = page.locator('[data-test=campaign] tbody tr').first().locator('td');
  await expect.poll(() => row.nth(6).textContent(), { timeout: 60_000 }).toBe('1');
  await keys('Escape');
  await page.waitForSelector('[data-test=resume]', { timeout: 60_000 });
  const before = Number(
    /([\d,]+) executions/.exec((await text('pace')) ?? '')?.[1]?.replace(/,/g, ''),
  );
  expect(before).toBeGreaterThan(0);
  const [, , , traces, , , , covered] = await row.allTextContents();
  expect(covered).toContain(`${traces} different trace`);
  expect(await text('campaign')).toContain('Distinct findings, by cause');
  expect(await text('campaign')).toContain('use-after-free');
  await page.focus('[data-test=resume]');
  await keys('Enter');
  await expect
    .poll(
      async () =>
        Number(/([\d,]+) executions/.exec((await text('pace')) ?? '')?.[1]?.replace(/,/g, '')),
      {
        timeout: 60_000,
      },
    )
    .toBeGreaterThan(before);
  await keys('Escape');
  await page.waitForSelector('[data-test=explore]', { timeout: 60_000 });
});

test('several seeds stand side by side, and the orders of racing steps in a matrix', async () => {
  const { page } = lab;
  await page.selectOption('[data-test=strategy]', 'pct');
  await page.fill('[data-test=runs]', '200');
  await page.fill('[data-test=seeds]', '3');
  await page.focus('[data-test=explore]');
  await keys('Enter');
  const matrix = page.locator('[data-test=seed-matrix]');
  await expect.poll(() => matrix.locator('button').count(), { timeout: 60_000 }).toBe(3);
  expect(await matrix.locator('thead').textContent()).toContain('seed 3');
  expect(await text('campaign')).toMatch(/times, in .*, seed 1/);
  await page.waitForSelector('[data-test=explore]', { timeout: 60_000 });
  await page.locator('[data-test=orders] summary').first().focus();
  await keys('Enter');
  const orders = page.locator('[data-test=order-matrix]').first();
  expect(await orders.locator('tbody tr').count()).toBeGreaterThan(3);
  // What is seen one way from a row is seen the other way from its column.
  const marks = await orders.locator('tbody').textContent();
  expect(marks).toMatch(/[◆▶]/);
  expect(marks?.split('▶').length).toBe(marks?.split('◁').length);
});

/** What the console shows. */
const screen = async (): Promise<string> =>
  ((await lab.page.locator('[data-test=console] .xterm-rows').textContent()) ?? '').replace(
    /\s/g,
    ' ',
  );

test('the debugger walks the run, forwards and backwards', async () => {
  const { page } = lab;
  await keys('Alt+3');
  await page.keyboard.type('goto 1\nbreak page_response\nbreak iopf_group_resp');
  await keys('Tab');
  await page.keyboard.type('\ncontinue\n');
  await expect.poll(screen).toContain('iopf_group_response is entered');
  const there = await cursor(page);
  expect(there).toBeGreaterThan(1);
  await page.keyboard.type('continue\nreverse-continue\n');
  await expect.poll(() => cursor(page)).toBeLessThanOrEqual(there);
  await page.keyboard.type('delete\nwhy\n');
  await expect.poll(screen).toMatch(/could not: |could have run/);
});

test('a note travels in the bundle, does not change the claim, and comes back', async () => {
  const { page, home } = lab;
  await at(30);
  await keys('m');
  await page.keyboard.type('here the fault data is born');
  await keys('Enter', 'Control+Shift+S');
  await page.waitForSelector('[data-test=share-now]:not([disabled])');
  expect(await text('share')).toContain('opinion/notes.json');
  const saved = page.waitForEvent('download');
  await keys('Enter');
  const name = (await saved).suggestedFilename();
  const path = join(home, 'bundles', name);
  const entries = unzipSync(readFileSync(path));
  expect(new TextDecoder().decode(entries['opinion/notes.json'])).toContain('fault data is born');
  const claim = JSON.parse(new TextDecoder().decode(entries['bundle.json'])).claimDigest;

  // Without evidence and notes it is small, and still the same claim.
  await keys('Control+Shift+S');
  await page.waitForSelector('[data-test=share-now]:not([disabled])');
  await page.click('[data-test=with-evidence]');
  await expect.poll(() => text('share')).not.toContain('evidence/events.arrow');
  const lean = page.waitForEvent('download');
  await page.focus('[data-test=share-now]');
  await keys('Enter');
  await lean;
  const small = readFileSync(path);
  expect(small.length).toBeLessThan(10 * 1024);
  expect(JSON.parse(new TextDecoder().decode(unzipSync(small)['bundle.json'])).claimDigest).toBe(
    claim,
  );
  await command('open recent');
  await expect.poll(() => text('verified'), { timeout: 30_000 }).toContain('reproduced: all');
  await command('notes');
  await expect
    .poll(() => page.inputValue('[data-test=notes] input'))
    .toContain('fault data is born');
});

test('a function of the kernel model becomes a patch in a script of its own, and runs', async () => {
  const { page } = lab;
  await page.getByText('1. Disable while responding').first().click();
  await keys('Control+Enter');
  await expect.poll(() => text('verdict'), { timeout: 60_000 }).toContain('use-after-free');
  await command('next problem');
  await page.click('[data-test=model-tab]');
  await page.focus('[data-test=patch]');
  await keys('Enter');
  await expect.poll(() => text('info')).toContain('iommu_page_response is in the script now');
  await expect
    .poll(async () => ((await page.textContent('.view-lines')) ?? '').replace(/\s/g, ' '))
    .toContain('My patch of iommu_page_response');
  const runs = await page.locator(RUN).count();
  await keys('Control+Enter');
  await expect.poll(() => page.locator(RUN).count(), { timeout: 60_000 }).toBe(runs + 1);
  expect(await text('verdict')).toContain('use-after-free');
});

test('a second bundle gets a window of its own, or joins the first to be compared', async () => {
  const { page, home } = lab;
  const runs = page.locator(RUN);
  const before = await runs.count();
  const opening = page.context().waitForEvent('page');
  await page.setInputFiles('[data-test=file]', MUSEUM);
  const other = await opening;
  const said = (): Promise<string | null> => other.textContent('[data-test=info]');
  await expect.poll(said, { timeout: 60_000 }).toContain('opened, intact');
  expect(await other.locator(RUN).count()).toBe(1);
  expect(new URL(other.url()).hash).toBe('');
  // Its console comes when the page has time for it, and tells of the run that was first.
  const lines = other.locator('[data-test=console] .xterm-rows');
  await expect.poll(() => lines.textContent(), { timeout: 30_000 }).toContain('---');
  expect(await text('info')).toContain('opened in a window of its own');
  expect(await runs.count()).toBe(before);
  await other.close();
  await page.bringToFront();

  const dataTransfer = await page.evaluateHandle(
    (b) => {
      const t = new DataTransfer();
      t.items.add(new File([Uint8Array.from(b)], 'dropped.faultline'));
      return t;
    },
    [...readFileSync(MUSEUM)],
  );
  await page.dispatchEvent('.app', 'drop', { dataTransfer, shiftKey: true });
  await expect.poll(() => text('info')).toContain('opened, intact');
  expect(await runs.count()).toBe(before + 1);

  // What is here already is shown here.
  const file = join(home, 'bundles', readdirSync(join(home, 'bundles'))[0] ?? '');
  await page.setInputFiles('[data-test=file]', file);
  await expect.poll(() => text('verified'), { timeout: 30_000 }).toContain('reproduced: all');
  expect(page.context().pages()).toHaveLength(1);
});

test('a hostile bundle gets one sentence, and nothing is lost', async () => {
  const { page, home } = lab;
  const before = await text('verdict');
  const good = unzipSync(
    readFileSync(join(home, 'bundles', readdirSync(join(home, 'bundles'))[0] ?? '')),
  );
  const script = good['claim/experiment.ts'] as Uint8Array;
  const bad = zipSync({
    ...good,
    'claim/experiment.ts': script.map((b, i) => (i === 40 ? b ^ 1 : b)),
  });
  await page.setInputFiles('[data-test=file]', {
    name: 'evil.faultline',
    mimeType: 'application/octet-stream',
    buffer: Buffer.from(bad),
  });
  const sentence = 'claim/experiment.ts was altered';
  await expect.poll(() => text('error')).toContain(sentence);
  // What was begun before it, such as the replay of the last bundle, ends without wiping it away.
  await page.waitForTimeout(1_500);
  expect(await text('error')).toContain(sentence);
  expect(await text('verdict')).toBe(before);
  expect(lab.complaints).toEqual([]);
});
