// What is found after a fatal finding may come of what that has ruined, or be somebody else's: a search by traces tries
// only one order of two steps that have nothing to do with each other.
import type { Finding } from '../core/finding';
import type { Machine } from '../core/machine';
import type { Task } from '../core/task';
import { kindId } from '../core/vocabulary';
import type { EventClocks } from './clocks';
import { type Apart, PathChooser } from './search';

const TASK_EXIT = kindId('task_exit');

/** The step that each event ends with: the exit of a task is a step of its own, and no event. */
function lastSteps(m: Machine, table: EventClocks, path: ArrayLike<number>): number[] {
  const out: number[] = [];
  let step = 0;
  for (let e = 0; e < table.n; e++) {
    const { alive, kind } = m.tasks[path[e] as number] as Task;
    const isLast = table.last(table.proc[e] as number) === e;
    step += isLast && !alive && kind === TASK_EXIT ? 2 : 1;
    out.push(step);
  }
  return out;
}

/** Is event `e` one of these, or after one of them, leaving out event `but`? */
function isAfter(table: EventClocks, events: readonly number[], e: number, but = -1): boolean {
  return events.some((x) => x !== but && x <= e && table.before(x, e));
}

/**
 * Findings of an execution that happen after a fatal one, and not because of it: those that no fatal one happens before.
 * Another order of the same steps comes to each of them first, leaving out what comes after others.
 * @param path ids of the tasks of the events
 */
export function foundApart(m: Machine, table: EventClocks, path: ArrayLike<number>): Apart[] {
  const { findings, later } = m;
  const steps = lastSteps(m, table, path);
  const eventOf = (f: Finding): number => steps.findIndex((s) => s >= f.step);
  const known = new Set(findings.map((f) => f.identity));
  const fatal = [...findings, ...later].filter((f) => f.severity === 'fatal').map(eventOf);
  const out: Apart[] = [];
  for (const finding of later) {
    if (known.has(finding.identity)) continue;
    const e = eventOf(finding);
    // Of two at one step the second comes of the first.
    if (findings.some((f) => eventOf(f) === e) || isAfter(table, fatal, e, e)) continue;
    known.add(finding.identity);
    const tasks: number[] = [];
    const answers: number[] = [];
    for (let k = 0; k <= e; k++) {
      if (isAfter(table, fatal, k, e)) continue;
      tasks.push(path[k] as number);
      answers.push(...(table.options[k] as readonly number[]));
    }
    out.push({ finding, chooser: new PathChooser(tasks, answers) });
  }
  return out;
}
