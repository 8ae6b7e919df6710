// The events of a run as one readable table, for pandas, polars, DuckDB and spreadsheets: CSV, JSON and
// Arrow with the same columns.
import { tableFromArrays, tableToIPC, Utf8, vectorFromArray } from 'apache-arrow';
import type { KeptRun, OnMade } from '../../preload/contract/shapes';
import { kindName, placeOf } from '../timeline/labels';
import { everyEvent, untold } from './every-event';

/** One event, in words. */
interface EventRow {
  readonly step: number;
  /** Of the machine's own clock. */
  readonly time_ns: number;
  readonly task: string;
  readonly context: string;
  readonly kind: string;
  readonly object: string;
  readonly field: string;
  readonly value: string;
  readonly result: string;
  readonly function: string;
  readonly file: string;
  readonly line: number;
  /** Line of the script that led here; 0 for none. */
  readonly script_line: number;
}

const NUMBERS = ['step', 'time_ns', 'line', 'script_line'] as const;
const TEXTS = [
  'task',
  'context',
  'kind',
  'object',
  'field',
  'value',
  'result',
  'function',
  'file',
] as const;
const COLUMNS: readonly (keyof EventRow)[] = ['step', 'time_ns', ...TEXTS, 'line', 'script_line'];

function rowsOf({ columns: r }: KeptRun, onMade: OnMade): EventRow[] {
  const rows: EventRow[] = [];
  everyEvent(r.events, onMade, (i) => {
    const task = r.tasks[r.task[i] as number];
    const thing = r.thing[i] as number;
    const place = placeOf(r, i);
    rows.push({
      step: i + 1,
      time_ns: r.time[i] as number,
      task: task?.name ?? '',
      context: task?.context ?? '',
      kind: kindName(r, i),
      object: thing === 0 ? '' : (r.things[thing - 1]?.name ?? ''),
      field: r.strings[r.field[i] as number] ?? '',
      value: r.strings[r.value[i] as number] ?? '',
      result: r.strings[r.result[i] as number] ?? '',
      function: place.fn,
      file: place.file,
      line: place.line,
      script_line: r.scriptLine[i] as number,
    });
  });
  return rows;
}

/** RFC 4180, with a head line and LF. */
export function eventsCsv(run: KeptRun, onMade: OnMade = untold): string {
  const cell = (v: string | number): string => {
    const text = String(v);
    return /[",\n\r]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  const lines = rowsOf(run, onMade).map((row) => COLUMNS.map((c) => cell(row[c])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\n')}\n`;
}

/** What the run is, its findings, and its events. */
export function eventsJson(run: KeptRun, onMade: OnMade = untold): string {
  const { title, cell, engine, verdict, findings, log, columns } = run;
  const chain = columns.chain.at(-1) ?? '';
  const whole = { title, cell, engine, chain, verdict, findings, log, events: rowsOf(run, onMade) };
  return `${JSON.stringify(whole, null, 1)}\n`;
}

/** An Arrow IPC file without compression. */
export function eventsArrow(run: KeptRun, onMade: OnMade = untold): Uint8Array {
  const rows = rowsOf(run, onMade);
  const columns: Record<string, unknown> = {};
  for (const c of COLUMNS) {
    columns[c] = (NUMBERS as readonly string[]).includes(c)
      ? Float64Array.from(rows, (r) => r[c] as number)
      : vectorFromArray(
          rows.map((r) => r[c] as string),
          new Utf8(),
        );
  }
  return tableToIPC(tableFromArrays(columns as Record<string, Float64Array>), 'file');
}
