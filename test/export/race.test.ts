// race diagrams: other columns, ranges, ticks; and read back, quoted and edited by hand.
import { beforeAll, describe, expect, test } from 'vitest';
import { raceDiagram, suggestedOrder } from '../../main/export/race';
import { isPerformed } from '../../main/export/race-choice';
import { raceOf } from '../../main/export/race-order';
import { readRace } from '../../main/export/race-read';
import { looksLikeRace, type RaceAsk } from '../../preload/contract/race';
import type { FindingShape, KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun, zooScript } from '../support/experiments';

/** Well-known bugs and where they show. */
const BUGS: readonly (readonly [string, string, string])[] = [
  ['b01', 'v6.1', 'smmuv3'],
  ['b04', 'v6.1~drain-drops-pasid-mutex,response-without-pasid-mutex', 'vt-d'],
  ['b11', 'refcount-step', 'plain'],
  ['b19', 'refcount-step', 'plain'],
  ['b36', 'v6.12', 'amd'],
  ['b38', 'v6.1', 'plain'],
];
const runs = new Map<string, KeptRun>();
beforeAll(async () => {
  for (const [id, variant, driver] of BUGS) {
    runs.set(id, await keptRun(zooScript(id), { variant, driver }));
  }
});

const of = (id: string): { run: KeptRun; finding: FindingShape } => {
  const run = runs.get(id) as KeptRun;
  return { run, finding: run.findings[0] as FindingShape };
};
const ask = (more: Partial<RaceAsk> = {}): RaceAsk => ({
  by: 'task',
  columns: null,
  steps: null,
  range: null,
  ...more,
});

test('a response after disable: who disabled the interface is shown', async () => {
  const { run, finding } = of('b36');
  await expect(raceDiagram(run, finding)).toMatchFileSnapshot('../golden/race-b36.txt');
});

test('a cycle of locks: who held what, and who never got it', async () => {
  const { run, finding } = of('b04');
  expect(finding.checker).toBe('lock-order');
  await expect(raceDiagram(run, finding)).toMatchFileSnapshot('../golden/race-b04.txt');
});

test('what the deadlock is made of is said the same way', () => {
  const { run } = of('b04');
  const deadlock = run.findings.find((f) => f.checker === 'deadlock') as FindingShape;
  const lines = raceDiagram(run, deadlock)
    .split('\n')
    .map((l) => l.trim());
  for (const row of ['mutex_lock(kernel.pasid_mutex)', '*** flush_wait(iopfq-iommu0) waits']) {
    expect(lines).toContain(row);
  }
  // The worker's last step before it waits only looks: it is not what this is about.
  expect(lines.join()).not.toContain('list_first');
});

test('to sleep in atomic context: where the lock was taken is shown', async () => {
  const run = await keptRun(zooScript('b23'), {
    variant: 'v6.12~drain-on-teardown',
    driver: 'vt-d',
  });
  const text = raceDiagram(run, run.findings[0] as FindingShape);
  expect(text).toMatch(/^ {2}spin_lock\(domain\.lock\)\n(.*\n)* {2}\*\*\* flush_begin/m);
});

test('what nobody did has no step that is marked', async () => {
  const run = await keptRun(zooScript('b37'), { variant: 'v6.1', driver: 'plain' });
  const lost = run.findings.find((f) => f.checker === 'lost-request') as FindingShape;
  expect(raceDiagram(run, lost)).not.toMatch(/^ *\*\*\* (?!WARNING)/m);
});

describe('asked for', () => {
  test('nothing said: the suggestion', () => {
    const { run, finding } = of('b01');
    const shape = raceOf(run, ask());
    expect(shape.text).toBe(raceDiagram(run, finding));
    expect(shape.order).toEqual(suggestedOrder(run, finding));
    const offered = shape.rows.map((r) => r.step);
    for (const s of shape.order.steps) expect(offered).toContain(s);
  });
  test('one tick less is one statement less', () => {
    const { run } = of('b01');
    const { order, text } = raceOf(run, ask());
    const fewer = raceOf(run, ask({ columns: order.columns, steps: order.steps.slice(1) }));
    expect(fewer.order.steps).toEqual(order.steps.slice(1));
    expect(fewer.text.split('\n').length).toBeLessThan(text.split('\n').length);
  });
  test('other columns, in the order that is asked for', () => {
    const { run } = of('b01');
    const two = ['kworker/u4:0', 'irq/24-evtq0'].filter((n) =>
      run.columns.tasks.some((t) => t.name === n),
    );
    const columns = [...two, 'driver'].slice(0, 2);
    const { text } = raceOf(run, ask({ columns }));
    expect(
      text
        .split('\n')[0]
        ?.trim()
        .split(/\s{2,}/),
    ).toEqual(columns);
  });
  test('processors, and the device beside them', () => {
    const { run } = of('b36');
    const { text, columns } = raceOf(run, ask({ by: 'cpu' }));
    expect(columns).toContain('dev0');
    expect(text.split('\n')[0]).toMatch(/^dev0 +CPU\d/);
    expect(text).toContain('[driver]');
    for (const line of text.split('\n')) expect(line.length).toBeLessThanOrEqual(75);
  });
  test('a range without the finding: no finding is named', () => {
    const { run, finding } = of('b01');
    const { text, order } = raceOf(run, ask({ range: { from: 20, to: finding.step - 5 } }));
    expect(text).not.toContain('***');
    expect(order.steps.length).toBeGreaterThan(0);
    expect(order.steps.every((s) => s >= 20 && s <= finding.step - 5)).toBe(true);
  });
  test('a column that is not there: those that are', () => {
    expect(() => raceOf(of('b01').run, ask({ columns: ['nobody'] }))).toThrow(
      /no column "nobody"; it has .*driver/,
    );
  });
});

describe('read back', () => {
  test.each(BUGS.map(([id]) => id))('%s: drawn from what was read, the same diagram', (id) => {
    const { run, finding } = of(id);
    for (const by of ['task', 'cpu'] as const) {
      const { text } = raceOf(run, ask({ by }));
      expect(looksLikeRace(text)).toBe(true);
      const { order, strangers } = readRace(run, text);
      expect(strangers).toEqual([]);
      expect(order.by).toBe(by);
      const again = raceOf(run, ask({ by, columns: order.columns, steps: order.steps }));
      expect(again.text).toBe(text);
      if (isPerformed(run.columns, finding)) expect(order.steps.at(-1)).toBe(finding.step);
    }
  });
  test('quoted in a mail, with words around it', () => {
    const { run, finding } = of('b01');
    const text = raceDiagram(run, finding);
    const mail = `Hi,\n\nlook at this:\n\n${text.replace(/^/gm, '> ')}\nRegards\n`;
    expect(looksLikeRace(mail)).toBe(true);
    expect(readRace(run, mail)).toEqual(readRace(run, text));
  });
  test('lines written by hand are named, the rest is found', () => {
    const { run, finding } = of('b01');
    const text = raceDiagram(run, finding);
    const lines = text.split('\n');
    const at = lines.findIndex((l) => l.includes('kfree(fault_event)'));
    lines.splice(at, 0, lines[at]?.replace('kfree(fault_event)', '/* here! */') as string);
    const { order, strangers } = readRace(run, lines.join('\n'));
    expect(order).toEqual(readRace(run, text).order);
    expect(strangers).toEqual([{ line: at + 1, text: '/* here! */' }]);
  });
  test('what is no diagram, or one of others, says so', () => {
    const { run } = of('b01');
    expect(() => readRace(run, 'hello')).toThrow(/no race diagram/);
    expect(() => readRace(run, 'alice  bob\n-----  ---\nf()\n  g()\n')).toThrow(
      /alice, bob are not of this run; it has/,
    );
  });
  test('scripts and prose are none', () => {
    for (const [, script] of galleryScripts()) expect(looksLikeRace(script)).toBe(false);
    expect(looksLikeRace('Title\n-----\n\nSome words.\n')).toBe(false);
  });
});
