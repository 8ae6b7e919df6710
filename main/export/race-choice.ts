// What a race diagram shows unless somebody says otherwise: the happens-before slice that ends in the finding. Of
// the steps that come before it, and those it races with, the ones that touch the objects involved. Locks that
// nobody else wants are left out.
import type { FindingShape, KeptRun, RunColumns } from '../../preload/contract/shapes';
import { coneOf, orderOf } from '../timeline/happens-before';
import { kindName, targetName } from '../timeline/labels';
import { flowsOf } from '../timeline/links';
import { stepsOfLocks, waitingOf } from './race-locks';

/** Columns of a diagram at most. */
export const MOST_COLUMNS = 4;
/** Statements of a suggested diagram at most. */
export const MOST_ROWS = 30;

/** Ops that only look: shown at the finding itself and nowhere else. */
const LOOKING = new Set([
  'load',
  'read_once',
  'list_first',
  'list_next',
  'rcu_dereference',
  'xa_load',
]);
/** Ops that matter whatever they touch. */
const ALWAYS = new Set(['page_response', 'mark', 'free', 'kfree_rcu', 'rcu_free']);
const LOCKS = /lock|^down_|^up_|_wake$/;

/** Tasks that the finding is about: its own, those of its causes, and who touched the object last. */
export function tasksInvolved(run: RunColumns, f: FindingShape): number[] {
  const ids: number[] = waitingOf(run, f)
    .map((w) => w.task)
    .slice(0, MOST_COLUMNS);
  const add = (step: number): void => {
    const t = run.task[step - 1];
    if (t !== undefined && !ids.includes(t) && ids.length < MOST_COLUMNS) ids.push(t);
  };
  if (f.task !== '') add(f.step);
  const causes = f.related.filter((r) => r.label !== 'allocated');
  for (const r of causes.sort((a, b) => b.step - a.step)) add(r.step);
  if (kindName(run, f.step - 1) === 'page_response') {
    for (let s = f.step - 1; s > 0; s--) if (kindName(run, s - 1) === 'page_response') add(s);
  }
  const home = homeOf(f);
  add(disabledAt(run, f, home));
  for (let s = f.step - 1; s > 0 && ids.length < 2 && home !== ''; s--) {
    if (isAbout(targetName(run, s - 1), home)) add(s);
  }
  for (let s = f.step - 1; s > 0 && ids.length < 2; s--) add(s);
  return ids.sort((a, b) => a - b);
}

/** The step that disabled the interface which a response came too late for; 0 where that is not the matter. */
function disabledAt(run: RunColumns, f: FindingShape, home: string): number {
  const outcome = run.strings[run.result[f.step - 1] as number] ?? '';
  if (!outcome.includes('disabled')) return 0;
  let s = f.step - 1;
  while (s > 0 && !(kindName(run, s - 1) === 'reg_write' && isAbout(targetName(run, s - 1), home)))
    s--;
  return s;
}

/**
 * Is the step of the finding what it is about? Tasks that wait have not performed it yet, and what nobody did, such
 * as a reference not given back, shows at the end of the run.
 */
export function isPerformed(run: RunColumns, f: FindingShape): boolean {
  return f.task !== '' && waitingOf(run, f).length === 0;
}

/** The object itself; for a part of one, what it lies in. */
function homeOf(f: FindingShape): string {
  return f.object.split('.')[0] ?? '';
}

function isAbout(target: string, home: string): boolean {
  return target === home || target.startsWith(`${home}.`);
}

function matters(
  run: RunColumns,
  f: FindingShape,
  i: number,
  related: ReadonlySet<number>,
): boolean {
  const target = targetName(run, i);
  const kind = kindName(run, i);
  if (f.checker === 'deadlock') {
    // What is waited for: a lock, or the worker of a queue that is flushed.
    const what = kind === 'work_start' ? textOf(run, i) : LOCKS.test(kind) ? target : '';
    return what !== '' && f.details.some((d) => d.includes(` ${what} `));
  }
  if (related.has(i + 1)) return true;
  if (LOOKING.has(kind)) return false;
  const home = homeOf(f);
  if (ALWAYS.has(kind)) return true;
  return home !== '' && (isAbout(target, home) || textOf(run, i).includes(home));
}

function textOf(run: RunColumns, i: number): string {
  return run.strings[run.value[i] as number] ?? '';
}

/** Steps of the suggested diagram, in order. */
export function suggestedSteps(run: KeptRun, f: FindingShape, tasks: readonly number[]): number[] {
  const { columns: r } = run;
  const taken = stepsOfLocks(r, f).filter((s) => tasks.includes(r.task[s - 1] as number));
  if (taken.length > 0) return taken.slice(-MOST_ROWS);
  const related = new Set(f.related.filter((x) => x.label !== 'allocated').map((x) => x.step));
  if (isPerformed(r, f)) related.add(f.step);
  const flows = flowsOf(r, []);
  // Nothing comes after the finding in its own run: what is not before it races with it.
  const cone = coneOf(orderOf(r, flows), f.step);
  const begun = r.tasks.findIndex((t) => t.name === 'setup');
  const all: number[] = [];
  for (let i = 0; i < f.step; i++) {
    const task = r.task[i] as number;
    if (!tasks.includes(task) || (task === begun && tasks.length > 1)) continue;
    const isOrdered = cone[i] !== 0;
    const isShown = isOrdered || isAbout(targetName(r, i), homeOf(f)) || ALWAYS.has(kindName(r, i));
    if (!isShown) continue;
    if (matters(r, f, i, related)) all.push(i);
  }
  return withoutQuietLocks(r, f, all)
    .slice(-MOST_ROWS)
    .map((i) => i + 1);
}

/** A lock that only one of the tasks takes keeps nobody out: it says nothing. */
function withoutQuietLocks(r: RunColumns, f: FindingShape, events: readonly number[]): number[] {
  const users = new Map<number, Set<number>>();
  for (let i = 0; i < f.step; i++) {
    if (!LOCKS.test(kindName(r, i))) continue;
    const thing = r.thing[i] as number;
    const known = users.get(thing) ?? new Set<number>();
    known.add(r.task[i] as number);
    users.set(thing, known);
  }
  const shown = new Set(events.map((i) => r.task[i] as number));
  return events.filter((i) => {
    // The lock that the finding is about is said, whoever wants it.
    const isIts = r.thing[i] === r.thing[f.step - 1];
    if (isIts || !LOCKS.test(kindName(r, i))) return true;
    const tasks = [...(users.get(r.thing[i] as number) ?? [])].filter((t) => shown.has(t));
    return f.checker === 'deadlock' || tasks.length > 1;
  });
}

/** Does this event change anything? What only looks is left out of a range, too. */
export function changesSomething(run: RunColumns, i: number): boolean {
  return !LOOKING.has(kindName(run, i));
}
