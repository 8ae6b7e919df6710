// The inspector's view of a step: tasks with stacks, locks with owner and waiters, objects,
// queues, and which tasks could have run.
import type { InspectorState, RunColumns } from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';
import { countBelow } from './columns';
import { eventLabel, placeOf, stackOf } from './labels';
import type { RunState } from './run-state';

const LOCKS = new Set(['mutex', 'spinlock', 'rwsem']);
const HIDDEN = new Set(['node', 'work']);
/** Op kinds that may have to wait before they can be performed. */
const WAITS = new Set(KINDS.filter((k) => k.blocking).map((k) => k.name));

/** The events of each task, by number, ascending. */
export type TaskEvents = readonly Uint32Array[];

/** Sort a run's events by task. */
export function eventsByTask(run: RunColumns): TaskEvents {
  const counts = new Uint32Array(run.tasks.length);
  for (let i = 0; i < run.events; i++) {
    const t = run.task[i] as number;
    counts[t] = (counts[t] as number) + 1;
  }
  const lists = run.tasks.map((_, t) => new Uint32Array(counts[t] as number));
  counts.fill(0);
  for (let i = 0; i < run.events; i++) {
    const t = run.task[i] as number;
    const n = counts[t] as number;
    (lists[t] as Uint32Array)[n] = i;
    counts[t] = n + 1;
  }
  return lists;
}

/** The last event of a task before `step` events were over; undefined for none. */
function lastBefore(events: Uint32Array, step: number): number | undefined {
  return events[countBelow((i) => events[i] as number, events.length, step) - 1];
}

/** Names of the objects (or their containers) that a step changed. */
function changedAt(run: RunColumns, step: number): string[] {
  const names = new Set<string>();
  if (step < 1) return [];
  for (let d = run.deltaStart[step - 1] as number; d < (run.deltaStart[step] as number); d++) {
    const t = run.things[(run.deltaThing[d] as number) - 1];
    if (t !== undefined && t.kind !== 'task') names.add(t.container === '' ? t.name : t.container);
  }
  return [...names];
}

/** State of everything after `step` events. */
export function inspect(
  run: RunColumns,
  state: RunState,
  step: number,
  byTask: TaskEvents = eventsByTask(run),
): InspectorState {
  state.seek(step);
  const things = state.things();
  const next = new Map<string, string>();
  const locks: { name: string; owner: string; waiters: string[] }[] = [];
  const objects = new Map<string, { name: string; kind: string; fields: [string, string][] }>();
  for (const { id, fields } of things) {
    const t = run.things[id - 1];
    if (t === undefined) continue;
    if (t.kind === 'task') {
      next.set(t.name, fields.get('next') ?? '');
      continue;
    }
    if (LOCKS.has(t.kind)) {
      const readers = Number(fields.get('readers') ?? 0);
      const owner = fields.get('owner') ?? '';
      const held =
        owner !== '' && owner !== 'NULL' ? owner : readers > 0 ? `${readers} readers` : '';
      locks.push({ name: t.name, owner: held, waiters: [] });
    } else if (!HIDDEN.has(t.kind)) {
      const home = t.container === '' ? t.name : t.container;
      const o = objects.get(home) ?? { name: home, kind: t.kind, fields: [] };
      objects.set(home, o);
      const prefix = t.container === '' ? '' : `${t.name.slice(t.container.length + 1)}.`;
      for (const [f, v] of fields)
        o.fields.push([`${prefix}${f}`.replace(/\.(entries|count)$/, '').replace('.[', '['), v]);
    }
  }
  const open = step < run.events ? (run.open[step] as number) : 0;
  const tasks = run.tasks.flatMap((t, id) => {
    if (t.bornAt >= step && step > 0) return [];
    const i = lastBefore(byTask[id] as Uint32Array, step);
    const announced = next.get(t.name) ?? '';
    const ended = i !== undefined && announced === '';
    const waits = WAITS.has(announced.split(' ')[0] ?? '') && !(open & (1 << id));
    return [
      {
        id,
        name: t.name,
        context: t.context,
        state: ended ? 'ended' : i === undefined ? 'not started' : waits ? 'waiting' : 'runnable',
        next: announced,
        runnable: (open & (1 << id)) !== 0,
        stack: i === undefined ? [] : stackOf(run, run.stack[i] as number),
      },
    ];
  });
  for (const lock of locks) {
    for (const t of tasks)
      if (t.next.endsWith(` ${lock.name}`) && t.state === 'waiting') lock.waiters.push(t.name);
  }
  const at = step > 0 ? step - 1 : -1;
  return {
    step,
    label: at >= 0 ? eventLabel(run, at) : 'the beginning',
    task: at >= 0 ? (run.tasks[run.task[at] as number]?.name ?? '') : '',
    place: at >= 0 ? placeOf(run, at) : { fn: '', file: '', line: 0 },
    scriptLine: at >= 0 ? (run.scriptLine[at] as number) : 0,
    stack: at >= 0 ? stackOf(run, run.stack[at] as number) : [],
    tasks,
    changed: changedAt(run, step),
    locks: locks.filter((l) => l.owner !== '' || l.waiters.length > 0),
    objects: [...objects.values()],
  };
}
