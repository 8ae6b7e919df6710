// The race diagram of kernel commit messages: one column a task, time downwards, only what
// matters. The suggestion is what leads to the finding: the steps of the tasks involved that touch
// the objects involved, and the moments of switching.
import type { FindingShape, KeptRun, RunColumns } from '../../preload/contract/shapes';
import { eventLabel, kindName, placeOf, targetName } from '../timeline/labels';
import { ascii } from './splat';

const WIDTH = 75;
const MAX_COLUMNS = 3;
const MAX_ROWS = 40;

/** Kinds that say something about an object's life or a lock. */
const TELLING = new Set([
  'mutex_lock',
  'mutex_unlock',
  'alloc',
  'free',
  'kfree_rcu',
  'rcu_free',
  'list_add',
  'list_del',
  'queue_work',
  'page_request',
  'page_response',
  'rcu_assign_pointer',
  'refcount_dec_and_test',
  'refcount_inc_not_zero',
  'store',
  'flush_wait',
  'mark',
]);

function tasksInvolved(run: RunColumns, f: FindingShape): number[] {
  const ids: number[] = [];
  const add = (step: number): void => {
    const t = run.task[step - 1];
    if (t !== undefined && !ids.includes(t) && ids.length < MAX_COLUMNS) ids.push(t);
  };
  add(f.step);
  for (const r of [...f.related].sort((a, b) => b.step - a.step)) add(r.step);
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
  if (f.related.some((r) => r.step === i + 1) || i + 1 === f.step) return true;
  const home = f.object.split('.')[0] ?? '';
  const kind = kindName(run, i);
  const target = targetName(run, i);
  const result = run.strings[run.result[i] as number] ?? '';
  if (home !== '' && (target.startsWith(home) || result === home)) return true;
  return TELLING.has(kind) && (kind === 'page_response' || kind === 'mark' || kind === 'free');
}

function cell(run: RunColumns, i: number): string {
  const kind = kindName(run, i);
  const target = targetName(run, i).replace(/^iommu_/, '').replace(/#1\b/, '');
  if (kind === 'mark') return `/* ${run.strings[run.value[i] as number]} */`;
  if (kind === 'free') return `kfree(${target})`;
  if (kind.includes('lock') || kind.includes('refcount')) return `${kind}(${target})`;
  return eventLabel(run, i).replace(/iommu_fault_param#1/g, 'fault_param').replace(/#1\b/g, '');
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
  const out = [tasks.map((t) => (r.tasks[t]?.name ?? '').padEnd(width)).join(' ').trimEnd()];
  out.push(tasks.map((t) => '-'.repeat((r.tasks[t]?.name ?? '').length).padEnd(width)).join(' ').trimEnd());
  let lastFn = '';
  for (const i of rows) {
    const column = tasks.indexOf(r.task[i] as number);
    const indent = ' '.repeat(column * (width + 1));
    const { fn } = placeOf(r, i);
    const where = `${column}|${fn}`;
    const isEnd = i + 1 === finding.step;
    if (where !== lastFn) out.push(`${indent}${fn.slice(0, width - 2)}()`);
    lastFn = where;
    const text = `${isEnd ? '*** ' : ''}${cell(r, i)}`;
    for (const line of pad(text, width - 2)) out.push(`${indent}  ${line}`);
  }
  out.push('', `*** ${finding.title}`);
  return `${ascii(out.map((l) => l.slice(0, WIDTH).trimEnd()).join('\n'))}\n`;
}
