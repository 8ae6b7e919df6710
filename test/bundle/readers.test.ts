// bundle: pandas, polars and DuckDB read every table of a bundle, and the Arrow export, as we wrote them.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import { writeBundle } from '../../main/bundle/write';
import { eventsArrow } from '../../main/export/tables';
import { galleryScripts, keptRun, ROOT } from '../support/experiments';

const python = process.env.FAULTLINE_PYTHON ?? '';

interface Read {
  readonly rows: number;
  readonly columns: readonly string[];
  /** Sum of the column `step`; 0 without one. */
  readonly steps: number;
}

function asWritten(bytes: Uint8Array): Read {
  const table = tableFromIPC(bytes);
  const steps = Array.from(table.getChild('step') ?? [], Number).reduce((a, b) => a + b, 0);
  return { rows: table.numRows, columns: table.schema.fields.map((f) => f.name), steps };
}

test.skipIf(python === '')('pandas, polars and DuckDB read what we write', async () => {
  const [, script] = galleryScripts()[0] as [string, string];
  const run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  const folder = mkdtempSync(join(tmpdir(), 'faultline-readers-'));
  const [bundle, events] = [join(folder, 'run.faultline'), join(folder, 'events.arrow')];
  const [bytes, table] = [writeBundle(run, 'test'), eventsArrow(run)];
  writeFileSync(bundle, bytes);
  writeFileSync(events, table);
  const wanted: Record<string, Read> = { export: asWritten(table) };
  for (const [name, data] of Object.entries(unzipSync(bytes))) {
    if (name.endsWith('.arrow')) wanted[name] = asWritten(data);
  }
  expect(Object.keys(wanted)).toHaveLength(8);
  const reader = join(ROOT, 'test/bundle/read_tables.py');
  const told = execFileSync(python, [reader, bundle, events], { encoding: 'utf8' });
  const read = JSON.parse(told) as Record<string, Record<string, Read>>;
  expect(Object.keys(read)).toEqual(['pandas', 'polars', 'duckdb']);
  for (const tables of Object.values(read)) expect(tables).toEqual(wanted);
});
