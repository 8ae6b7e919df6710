// export: golden texts for the seed finding; at most 75 ASCII columns; a Perfetto trace that reads
// back. `npm test -- -u` renews the goldens.
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { beforeAll, describe, expect, test } from 'vitest';
import { perfetto } from '../../main/export/perfetto';
import { raceDiagram } from '../../main/export/race';
import { mailReport } from '../../main/export/report';
import { splat } from '../../main/export/splat';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

const runs: [string, KeptRun][] = [];
beforeAll(async () => {
  const scripts = galleryScripts();
  for (const [i, variant, driver] of [
    [0, 'v6.1', 'smmuv3'],
    [3, 'series-v4', 'plain'],
    [4, 'v6.12', 'plain'],
  ] as const) {
    const [file, script] = scripts[i] as [string, string];
    runs.push([file.slice(0, 2), await keptRun(script, { variant, driver })]);
  }
});

function narrow(text: string): void {
  for (const line of text.split('\n')) {
    expect(line.length, line).toBeLessThanOrEqual(75);
    expect(/^[\x20-\x7e]*$/.test(line), line).toBe(true);
  }
}

/** Line numbers of the models move with every edit of the engine; they are not the point here. */
const withoutLines = (text: string): string => text.replace(/\+0x[0-9a-f]+ \(.*\)?$/gm, '');

describe('texts', () => {
  test('race diagrams', async () => {
    for (const [name, run] of runs) {
      const f = run.findings[0];
      if (!f) throw new Error(name);
      const text = raceDiagram(run, f);
      narrow(text);
      await expect(text).toMatchFileSnapshot(`../golden/race-${name}.txt`);
    }
  });
  test('reports and splats', async () => {
    for (const [name, run] of runs) {
      const report = mailReport(run);
      narrow(report);
      await expect(withoutLines(report).replace(/^Run:.*$/m, 'Run:')).toMatchFileSnapshot(
        `../golden/report-${name}.txt`,
      );
      const splats = run.findings.map((f) => splat(run, f)).join('\n');
      narrow(splats);
      await expect(withoutLines(splats)).toMatchFileSnapshot(`../golden/splat-${name}.txt`);
    }
  });
});

test('perfetto: the same bytes', async () => {
  const run = runs[0]?.[1] as KeptRun;
  const text = Buffer.from(perfetto(run)).toString('base64').replace(/.{76}/g, '$&\n');
  await expect(text).toMatchFileSnapshot('../golden/perfetto-01.base64');
});

test('perfetto: every packet reads back, counts match', () => {
  const run = runs[0]?.[1] as KeptRun;
  const reader = new BinaryReader(perfetto(run));
  let begins = 0;
  let tracks = 0;
  const names: string[] = [];
  while (reader.pos < reader.len) {
    expect(reader.tag()[0]).toBe(1);
    const packet = new BinaryReader(reader.bytes());
    while (packet.pos < packet.len) {
      const [field, wire] = packet.tag();
      if (field === 60) {
        tracks++;
        packet.skip(wire);
      } else if (field === 11) {
        const event = new BinaryReader(packet.bytes());
        while (event.pos < event.len) {
          const [f, w] = event.tag();
          if (f === 9) begins += event.int32() === 1 ? 1 : 0;
          else if (f === 23) names.push(event.string());
          else event.skip(w);
        }
      } else packet.skip(wire);
    }
  }
  expect(tracks).toBeGreaterThan(10);
  expect(begins).toBeGreaterThanOrEqual(run.columns.events);
  expect(names.filter((n) => n.startsWith('free iommu_fault_param#1'))).toHaveLength(1);
});
