// exports for other tools: golden texts, tables that read back, well-formed XML.
import { tableFromIPC } from 'apache-arrow';
import { beforeAll, describe, expect, test } from 'vitest';
import { sha256 } from '../../main/bundle/digests';
import { writeToken } from '../../main/bundle/token';
import { ftrace } from '../../main/export/ftrace';
import { exportRun } from '../../main/export/index';
import { junit } from '../../main/export/junit';
import { kunitOutline } from '../../main/export/kunit';
import { timelineSvg } from '../../main/export/svg';
import { eventsArrow, eventsCsv, eventsJson } from '../../main/export/tables';
import { compare } from '../../main/timeline/compare';
import { EXPORTS } from '../../preload/contract/exports';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let fails: KeptRun;
let holds: KeptRun;
beforeAll(async () => {
  const [, script] = galleryScripts()[0] as [string, string];
  fails = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  holds = await keptRun(script, { variant: 'v6.12', driver: 'smmuv3' });
});

/** Tags that are opened are closed, in order. */
function wellFormed(xml: string): void {
  const open: string[] = [];
  for (const [, close, name, end] of xml.matchAll(/<(\/?)([a-zA-Z]+)[^>]*?(\/?)>/g)) {
    if (close === '/') expect(open.pop()).toBe(name);
    else if (end !== '/') open.push(name as string);
  }
  expect(open).toEqual([]);
  expect(xml.replace(/<[^>]*>/g, '')).not.toMatch(/[<>]|&(?!amp;|lt;|gt;|quot;)/);
}

test('every export has bytes, with and without a finding', async () => {
  const token = (run: KeptRun): string => writeToken(run, () => null);
  for (const name of EXPORTS) {
    expect((await exportRun(fails, name, token(fails))).length, name).toBeGreaterThan(60);
    expect((await exportRun(holds, name, token(holds))).length, name).toBeGreaterThan(10);
  }
});

test('PNG: the drawing at twice its size, the same bytes every time', async () => {
  const svg = timelineSvg(fails);
  const size = /width="(\d+)" height="(\d+)"/.exec(svg);
  const png = Buffer.from(await exportRun(fails, 'png', ''));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect(png.readUInt32BE(16)).toBe(2 * Number(size?.[1]));
  expect(png.readUInt32BE(20)).toBe(2 * Number(size?.[2]));
  expect(png.equals(await exportRun(fails, 'png', ''))).toBe(true);
  await expect(`${sha256(png)}\n`).toMatchFileSnapshot('../golden/png-01.sha256.txt');
});

describe('texts', () => {
  test('ftrace: a line an event, in the columns of trace-cmd report', async () => {
    const text = ftrace(fails);
    const lines = text.split('\n').filter((l) => l !== '' && !l.startsWith('#'));
    expect(lines).toHaveLength(fails.columns.events + fails.findings.length);
    const shape = /^ *\S+-\d+ \[\d{3}\] +\d+\.\d{9}: \w+: /;
    for (const l of lines) expect(l).toMatch(shape);
    await expect(text).toMatchFileSnapshot('../golden/ftrace-01.txt');
  });

  test('KUnit: every hand-over is waited for and completed once, and it says what it is', async () => {
    const text = kunitOutline(fails);
    expect(text).toContain('A STARTING POINT');
    const turns = Number(/turn\[(\d+)\];/.exec(text)?.[1]);
    for (let i = 0; i < turns; i++) {
      expect(text.split(`wait_for_completion(&ctx->turn[${i}]);`)).toHaveLength(2);
      expect(text.split(`\tcomplete(&ctx->turn[${i}]);`)).toHaveLength(2);
    }
    await expect(text).toMatchFileSnapshot('../golden/kunit-01.c');
  });
});

describe('tables', () => {
  test('CSV, JSON and Arrow hold the same events', () => {
    const json = JSON.parse(eventsJson(fails)) as { events: Record<string, string | number>[] };
    const csv = eventsCsv(fails).trimEnd().split('\n');
    const arrow = tableFromIPC(eventsArrow(fails));
    const n = fails.columns.events;
    expect([json.events.length, csv.length - 1, arrow.numRows]).toEqual([n, n, n]);
    expect(csv[0]).toBe(arrow.schema.fields.map((f) => f.name).join(','));
    expect(Object.keys(json.events[0] ?? {}).sort()).toEqual((csv[0] ?? '').split(',').sort());
    const kinds = arrow.getChild('kind')?.toArray() as string[];
    json.events.forEach((e, i) => {
      expect(e.kind).toBe(kinds[i]);
    });
  });

  test('as they were', async () => {
    // Line numbers of the models, and with them the engine, move with every edit; they are not the point here.
    const { columns } = fails;
    const stacks = columns.stacks.map((s) => s.map((x, i) => (i % 2 === 1 ? 0 : x)));
    const run = { ...fails, engine: 'test', columns: { ...columns, stacks, chain: ['test'] } };
    await expect(eventsCsv(run)).toMatchFileSnapshot('../golden/csv-01.txt');
    await expect(eventsJson(run)).toMatchFileSnapshot('../golden/json-01.txt');
    const arrow = tableFromIPC(eventsArrow(run));
    const schema = arrow.schema.fields.map((f) => `${f.name}: ${f.type}`);
    const rows = arrow.toArray().map((r) => JSON.stringify(r));
    await expect([...schema, ...rows].join('\n')).toMatchFileSnapshot('../golden/arrow-01.txt');
  });

  test('CSV quotes what needs it', () => {
    const { columns } = fails;
    const strings = columns.strings.map((s, i) => (i === columns.value[3] ? 'a "b", c\nd' : s));
    const odd = { ...fails, columns: { ...columns, strings } };
    expect(eventsCsv(odd)).toContain('"a ""b"", c\nd"');
  });
});

describe('XML', () => {
  test('JUnit counts and names what is not as expected', async () => {
    const xml = junit('A <title> & "more"', [fails, holds]);
    wellFormed(xml);
    // The script expects both verdicts.
    expect(xml).toContain('tests="2" failures="0"');
    const surprised = { verdict: { ...fails.verdict, expected: 'holds', asExpected: false } };
    const red = junit('t', [surprised, holds]);
    wellFormed(red);
    expect(red).toContain('failures="1"');
    expect(red).toContain('<failure type="fails" message="use-after-free');
    await expect(red).toMatchFileSnapshot('../golden/junit-01.xml');
  });

  test('SVG shows the tasks, the steps and the finding', async () => {
    const svg = timelineSvg(fails);
    wellFormed(svg);
    expect(svg).toContain('use-after-free');
    expect(svg.match(/<circle/g)?.length).toBeGreaterThan(20);
    await expect(svg).toMatchFileSnapshot('../golden/timeline-01.svg');
    expect(timelineSvg(fails, [1, 5]).match(/<circle/g)).toHaveLength(5);
  });
});

describe('compare', () => {
  test('a run is the same as itself', () => {
    const c = compare(fails.columns, fails.columns);
    expect([c.parting, c.state, c.onlyA, c.onlyB]).toEqual([null, null, [], []]);
    expect(c.pairs).toHaveLength(fails.columns.events);
  });

  test('two variants part at a step that both runs show', () => {
    const c = compare(fails.columns, holds.columns);
    expect(c.parting).not.toBeNull();
    expect(c.pairs.length).toBeGreaterThan(20);
    expect(c.onlyA.length + c.pairs.length).toBe(fails.columns.events);
    expect(c.onlyB.length + c.pairs.length).toBe(holds.columns.events);
  });
});
