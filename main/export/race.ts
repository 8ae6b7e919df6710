// The race diagram of kernel commit messages: two to four columns, time downwards, only what matters, at most 75
// columns of ASCII. What is in it is suggested by `race-choice.ts`, or ordered.
import type { RaceOrder } from '../../preload/contract/race';
import type { FindingShape, KeptRun, RunColumns } from '../../preload/contract/shapes';
import { placeOf } from '../timeline/labels';
import { isPerformed, MOST_COLUMNS, suggestedSteps, tasksInvolved } from './race-choice';
import { columnsOf } from './race-columns';
import { waitingOf } from './race-locks';
import { raceStatement } from './race-text';
import { ascii } from './splat';

const WIDTH = 75;
const NARROWEST = 16;

/** A line of the diagram: what is done in function `fn`, in a column. */
interface Row {
  readonly column: number;
  readonly task: number;
  readonly fn: string;
  readonly text: string;
}

/** Break a text at blanks, after commas and underscores, so that no line is wider. */
function fold(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    let cut = rest.lastIndexOf(' ', width);
    if (cut < width / 2)
      cut = Math.max(...['_', '.', ','].map((c) => rest.lastIndexOf(c, width - 1) + 1));
    if (cut < width / 3) cut = width;
    lines.push(rest.slice(0, cut).trimEnd());
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  lines.push(rest);
  return lines;
}

/** Widths of the columns: what each needs, as far as there is room. */
function widthsOf(needs: readonly number[]): number[] {
  const room = WIDTH - (needs.length - 1) * 2;
  const widths = needs.map((n) => Math.max(NARROWEST, Math.min(n, room)));
  for (let over = widths.reduce((a, b) => a + b, 0) - room; over > 0; over--) {
    const widest = widths.indexOf(Math.max(...widths));
    widths[widest] = (widths[widest] as number) - 1;
  }
  return widths;
}

function rowsOf(
  r: RunColumns,
  f: FindingShape | null,
  columnOf: (task: number) => number,
  steps: readonly number[],
): Row[] {
  const waiting = f === null ? [] : waitingOf(r, f);
  const rows: Row[] = steps.map((step) => {
    const isEnd = f !== null && step === f.step && isPerformed(r, f);
    const task = r.task[step - 1] as number;
    const text = `${isEnd ? '*** ' : ''}${raceStatement(r, step - 1)}`;
    return { column: columnOf(task), task, fn: placeOf(r, step - 1).fn, text };
  });
  for (const { task, fn, op } of waiting) {
    rows.push({ column: columnOf(task), task, fn, text: `*** ${op} waits` });
  }
  return rows.filter((row) => row.column >= 0);
}

/** The order that is drawn when nobody gives one. */
export function suggestedOrder(run: KeptRun, finding: FindingShape): RaceOrder {
  const { columns: r } = run;
  const involved = tasksInvolved(r, finding);
  const steps = suggestedSteps(run, finding, involved);
  const busy = new Set([
    ...steps.map((s) => r.task[s - 1] as number),
    ...waitingOf(r, finding).map((w) => w.task),
  ]);
  const columns = involved.filter((t) => busy.has(t)).map((t) => r.tasks[t]?.name ?? '');
  return { by: 'task', columns, steps };
}

/**
 * The diagram of an order; at most 75 ASCII columns.
 * @param finding what it ends in, or null
 */
export function drawRace(run: KeptRun, finding: FindingShape | null, order: RaceOrder): string {
  const { columns: r } = run;
  const names = order.columns.slice(0, MOST_COLUMNS);
  if (names.length === 0) return 'nothing happened before this finding\n';
  const members = new Map(columnsOf(r, order.by).map((c) => [c.name, c.tasks]));
  const sets = names.map((n) => new Set(members.get(n) ?? []));
  const columnOf = (task: number): number => sets.findIndex((s) => s.has(task));
  const rows = rowsOf(r, finding, columnOf, order.steps);
  const needs = names.map((name, c) => {
    const mine = rows.filter((row) => row.column === c);
    return Math.max(name.length, ...mine.map((x) => Math.max(x.text.length, x.fn.length) + 2));
  });
  const widths = widthsOf(needs);
  const left = (c: number): string => ' '.repeat(widths.slice(0, c).reduce((n, w) => n + w + 2, 0));
  const across = (cells: readonly string[]): string =>
    cells
      .map((cell, c) => cell.slice(0, widths[c]).padEnd(widths[c] as number))
      .join('  ')
      .trimEnd();
  const out = [across(names), across(names.map((n) => '-'.repeat(n.length)))];
  let last = '';
  const tasks: number[] = [];
  for (const { column, task, fn, text } of rows) {
    const width = widths[column] as number;
    const put = (lines: readonly string[]): void => {
      out.push(...lines.map((l) => left(column) + l));
    };
    // A processor that runs another task than before says which.
    const name = r.tasks[task]?.name ?? '';
    if (order.by === 'cpu' && tasks[column] !== task) put(fold(`[${name}]`, width));
    const where = `${column}|${task}|${fn}`;
    if (where !== last) put(fold(`${fn}()`, width));
    last = where;
    tasks[column] = task;
    put(fold(text, width - 2).map((l) => `  ${l}`));
  }
  if (finding !== null) out.push('', ...fold(`*** ${finding.title}`, WIDTH));
  return `${ascii(out.map((l) => l.slice(0, WIDTH).trimEnd()).join('\n'))}\n`;
}

/** Diagram of a finding as it is suggested. */
export function raceDiagram(run: KeptRun, finding: FindingShape): string {
  return drawRace(run, finding, suggestedOrder(run, finding));
}
