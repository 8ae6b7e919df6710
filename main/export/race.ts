// The race diagram of kernel commit messages: one column a task, time downwards, only what
// matters. The suggestion is what leads to the finding: the steps of the tasks involved that touch
// the objects involved, and the moments of switching.
import type { FindingShape, KeptRun, RunColumns } from '../../preload/contract/shapes';
import { eventLabel, kindName, placeOf, targetName } from '../timeline/labels';
import { ascii } from './splat';

const WIDTH = 75;
const MAX_COLUMNS = 3;
const MAX_ROWS = 40;

/** Ops that only look: shown at the finding itself and nowhere else. */
const LOOKING = new Set(['load', 'read_once', 'list_first', 'list_next', 'rcu_dereference']);

/** Ops that matter whatever they touch. */
const ALWAYS = new Set(['page_response', 'mark', 'free', 'kfree_rcu', 'rcu_free']);

interface Waiting {
  readonly task: number;
  readonly fn: string;
  readonly op: string;
}

/** Names without what a reader of a diagram knows anyway. */
function short(name: string): string {
  return name.replace(/^iommu_/, '').replace(/#1\b/, '');
}

/** Where the tasks of a deadlock wait; the checker says it in words, one line each. */
function waitingOf(run: RunColumns, f: FindingShape): Waiting[] {
  return f.details.flatMap((d) => {
    const m = /^(.+) waits in (\S+) for (\S+) \((\w+)\)$/.exec(d);
    const task = run.tasks.findIndex((t) => t.name === m?.[1]);
    if (!m || task < 0) return [];
    return [{ task, fn: m[2] ?? '', op: `${m[4]}(${short(m[3] ?? '')})` }];
  });
}

function tasksInvolved(run: RunColumns, f: FindingShape): number[] {
  const ids: number[] = waitingOf(run, f)
    .map((w) => w.task)
    .slice(0, MAX_COLUMNS);
  const add = (step: number): void => {
    const t = run.task[step - 1];
    if (t !== undefined && !ids.includes(t) && ids.length < MAX_COLUMNS) ids.push(t);
  };
  add(f.step);
  const causes = f.related.filter((r) => r.label !== 'allocated');
  for (const r of causes.sort((a, b) => b.step - a.step)) add(r.step);
  for (let s = f.step - 1; s > 0 && ids.length < 2; s--) add(s);
  return ids.sort((a, b) => a - b);
}

function firstStep(run: RunColumns, f: FindingShape, tasks: readonly number[]): number {
  let shared = f.step;
  for (let s = f.step; s > 0 && f.step - s < 80; s--) {
    if (tasks.includes(run.task[s - 1] as number)) shared = s;
  }
  return shared;
}

function matters(run: RunColumns, f: FindingShape, i: number): boolean {
  const target = targetName(run, i);
  if (f.checker === 'deadlock') {
    const lock = /lock|down_/.test(kindName(run, i));
    return lock && f.details.some((d) => d.includes(` ${target} `));
  }
  if (i + 1 === f.step) return true;
  const home = f.object.split('.')[0] ?? '';
  const kind = kindName(run, i);
  if (LOOKING.has(kind)) return false;
  return ALWAYS.has(kind) || (home !== '' && target.startsWith(home));
}

function cell(run: RunColumns, i: number): string {
  const kind = kindName(run, i);
  const target = short(targetName(run, i));
  if (kind === 'mark') return `/* ${run.strings[run.value[i] as number]} */`;
  if (kind === 'free') return `kfree(${target})`;
  if (kind === 'page_response')
    return `response to the device (${run.strings[run.value[i] as number]})`;
  if (kind.includes('lock') || kind.includes('refcount')) return `${kind}(${target})`;
  return eventLabel(run, i)
    .replace(/\biommu_/g, '')
    .replace(/#1\b/g, '');
}

function pad(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    let cut = rest.lastIndexOf(' ', width);
    if (cut < width / 2) cut = width;
    lines.push(rest.slice(0, cut));
    rest = `  ${rest.slice(cut).trimStart()}`;
  }
  lines.push(rest);
  return lines;
}

/** Diagram of a finding; at most 75 ASCII columns. */
export function raceDiagram(run: KeptRun, finding: FindingShape): string {
  const { columns: r } = run;
  const tasks = tasksInvolved(r, finding);
  if (tasks.length === 0) return 'nothing happened before this finding\n';
  const width = Math.floor((WIDTH - (tasks.length - 1)) / tasks.length);
  const from = firstStep(r, finding, tasks);
  let rows: number[] = [];
  for (let s = from; s <= finding.step; s++) {
    if (tasks.includes(r.task[s - 1] as number) && matters(r, finding, s - 1)) rows.push(s - 1);
  }
  if (rows.length > MAX_ROWS) rows = rows.slice(-MAX_ROWS);
  const out = [
    tasks
      .map((t) => (r.tasks[t]?.name ?? '').padEnd(width))
      .join(' ')
      .trimEnd(),
  ];
  out.push(
    tasks
      .map((t) => '-'.repeat((r.tasks[t]?.name ?? '').length).padEnd(width))
      .join(' ')
      .trimEnd(),
  );
  let lastFn = '';
  for (const i of rows) {
    const column = tasks.indexOf(r.task[i] as number);
    const indent = ' '.repeat(column * (width + 1));
    const { fn } = placeOf(r, i);
    const where = `${column}|${fn}`;
    const isEnd = i + 1 === finding.step && finding.checker !== 'deadlock';
    if (where !== lastFn) out.push(`${indent}${fn.slice(0, width - 3)}()`);
    lastFn = where;
    const text = `${isEnd ? '*** ' : ''}${cell(r, i)}`;
    for (const line of pad(text, width - 2)) out.push(`${indent}  ${line}`);
  }
  for (const w of waitingOf(r, finding)) {
    const indent = ' '.repeat(tasks.indexOf(w.task) * (width + 1));
    const where = `${tasks.indexOf(w.task)}|${w.fn}`;
    if (where !== lastFn) out.push(`${indent}${w.fn.slice(0, width - 3)}()`);
    lastFn = where;
    for (const line of pad(`*** ${w.op} waits`, width - 2)) out.push(`${indent}  ${line}`);
  }
  out.push('', `*** ${finding.title}`);
  return `${ascii(out.map((l) => l.slice(0, WIDTH).trimEnd()).join('\n'))}\n`;
}
