// end to end: every pane in both themes, small and large: nothing is cut off without saying so, nothing can only be
// reached by scrolling the page sideways, and every text stands out from its ground.
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type LabUnderTest, openLab } from '../support/lab';

const TABS = [
  'console',
  'events',
  'choices',
  'campaign',
  'summary',
  'changes',
  'splat',
  'notes',
] as const;
const LENSES = ['State', 'Ledger', 'IOPF'] as const;
/** WCAG 2.2 AA for text of this size. */
const CONTRAST = 4.5;

let lab: LabUnderTest;
beforeAll(async () => {
  lab = await openLab(1280, 800);
  await lab.page.keyboard.press('Control+Enter');
  await lab.page.waitForSelector('[data-test=verdict]', { timeout: 60_000 });
  lab.page.setDefaultTimeout(5000);
});
afterAll(() => lab?.close());
afterEach(() => lab.page.keyboard.press('Escape'));

/** What is wrong with what is on the screen, in words. Runs in the page. */
function flaws(least: number): string[] {
  const out: string[] = [];
  const name = (e: Element): string => {
    const text = (e.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 40);
    return `${e.tagName.toLowerCase()}.${e.className} "${text}"`;
  };
  const channels = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const luminance = (rgb: readonly number[]): number => {
    const [r = 0, g = 0, b = 0] = rgb.map((v) => {
      const s = v / 255;
      return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const ground = (e: Element | null): number[] => {
    for (let at = e; at !== null; at = at.parentElement) {
      const c = channels(getComputedStyle(at).backgroundColor);
      if ((c[3] ?? 1) === 1 && c.length >= 3) return c.slice(0, 3);
    }
    return [255, 255, 255];
  };
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) out.push('the page is wider than the window');
  if (page.scrollHeight > page.clientHeight) out.push('the page is higher than the window');
  // The editor and the terminal paint themselves.
  const own = '.monaco-editor, .xterm, canvas, [aria-hidden=true]';
  for (const e of document.querySelectorAll<HTMLElement>('#app *')) {
    if (e.closest(own) !== null || !e.checkVisibility()) continue;
    const style = getComputedStyle(e);
    const words = [...e.childNodes].some(
      (n) => n.nodeType === Node.TEXT_NODE && (n.textContent ?? '').trim() !== '',
    );
    if (!words) continue;
    const cut = e.scrollWidth > e.clientWidth + 1 && style.overflowX === 'hidden';
    if (cut && style.textOverflow !== 'ellipsis') out.push(`cut off: ${name(e)}`);
    const box = e.getBoundingClientRect();
    if (box.width > 0 && (box.left < -1 || box.right > innerWidth + 1)) {
      const scrolls = [
        ...(function* up() {
          for (let p = e.parentElement; p !== null; p = p.parentElement) yield p;
        })(),
      ].some((p) => /auto|scroll/.test(getComputedStyle(p).overflowX));
      if (!scrolls) out.push(`outside: ${name(e)}`);
    }
    if (e.matches(':disabled, :disabled *')) continue;
    const [a, b] = [luminance(channels(style.color)), luminance(ground(e))].sort((x, y) => y - x);
    const ratio = ((a ?? 0) + 0.05) / ((b ?? 0) + 0.05);
    if (ratio < least) out.push(`contrast ${ratio.toFixed(1)}: ${name(e)}`);
  }
  return [...new Set(out)];
}

for (const [width, height] of [
  [1280, 800],
  [2560, 1440],
] as const) {
  for (const colorScheme of ['dark', 'light'] as const) {
    describe(`${width} × ${height}, ${colorScheme}`, () => {
      beforeAll(async () => {
        await lab.page.setViewportSize({ width, height });
        await lab.page.emulateMedia({ colorScheme });
      });
      for (const tab of TABS) {
        test(tab, async () => {
          await lab.page.click(`[data-test=tab-${tab}]`);
          expect(await lab.page.evaluate(flaws, CONTRAST)).toEqual([]);
        });
      }
      for (const lens of LENSES) {
        test(`inspector, ${lens}`, async () => {
          await lab.page.click(`[data-test=inspector] [role=tab]:has-text("${lens}")`);
          expect(await lab.page.evaluate(flaws, CONTRAST)).toEqual([]);
        });
      }
      for (const [what, open] of [
        ['palette', 'Control+Shift+P'],
        ['keys', 'Shift+?'],
        ['settings', 'Control+,'],
        ['share', 'Control+Shift+S'],
        ['race diagram', 'Control+Shift+C'],
      ] as const) {
        test(what, async () => {
          await lab.page.keyboard.press('Alt+2');
          await lab.page.keyboard.press(open);
          await lab.page.waitForSelector('dialog[open]', { timeout: 5000 });
          expect(await lab.page.evaluate(flaws, CONTRAST)).toEqual([]);
        });
      }
    });
  }
}
