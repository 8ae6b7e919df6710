// Sums over a range of steps, from the columns.
import type { RunView } from '../../preload/contract/calls';
import type { KindShape } from '../../preload/contract/shapes';
import { stepsWaited } from '../base/locks';

export interface Summary {
  readonly events: number;
  readonly switches: number;
  readonly tasks: readonly { readonly name: string; readonly events: number }[];
  readonly locks: readonly {
    readonly name: string;
    readonly taken: number;
    /** Steps during which it was held. */
    readonly held: number;
    /** Steps during which a task that then took it stood before it, for each task. */
    readonly waited: number;
    readonly by: string;
  }[];
  readonly counts: readonly {
    readonly name: string;
    readonly least: number;
    readonly most: number;
  }[];
  readonly objects: readonly {
    readonly name: string;
    readonly events: number;
    readonly tasks: number;
  }[];
}

/** Objects that are listed at most. */
const MOST_OBJECTS = 30;

/** What happened from step `from` to step `to`, both counted. */
export function summarise(
  view: RunView,
  kinds: readonly KindShape[],
  from: number,
  to: number,
): Summary {
  const { columns: run, tracks } = view;
  const perTask = new Uint32Array(run.tasks.length);
  const homes = new Map<string, { events: number; tasks: Set<number> }>();
  let switches = 0;
  for (let s = from; s <= to && s <= run.events; s++) {
    const task = run.task[s - 1] as number;
    perTask[task] = (perTask[task] as number) + 1;
    if (s > from && run.task[s - 2] !== task) switches++;
    const thing = run.things[(run.thing[s - 1] as number) - 1];
    if (!thing || thing.kind === 'task') continue;
    const home = thing.container === '' ? thing.name : thing.container;
    const known = homes.get(home) ?? { events: 0, tasks: new Set() };
    homes.set(home, known);
    known.events++;
    known.tasks.add(task);
  }
  const tasks = run.tasks
    .map((t, id) => ({ name: t.name, events: perTask[id] as number }))
    .filter((t) => t.events > 0)
    .sort((a, b) => b.events - a.events);
  const objects = [...homes]
    .map(([name, o]) => ({ name, events: o.events, tasks: o.tasks.size }))
    .sort((a, b) => b.events - a.events)
    .slice(0, MOST_OBJECTS);
  const waiting = stepsWaited(view, kinds, from, to);
  const locks: Summary['locks'][number][] = [];
  const counts: Summary['counts'][number][] = [];
  for (const t of tracks) {
    if (t.kind === 'lock') {
      const owners = new Set<string>();
      let [taken, held] = [0, 0];
      for (let i = 0; i < t.from.length; i++) {
        const a = Math.max(from, t.from[i] as number);
        const b = Math.min(to + 1, t.to[i] as number);
        if (b <= a) continue;
        if ((t.from[i] as number) >= from) taken++;
        held += b - a;
        owners.add(run.strings[t.text[i] as number] ?? '');
      }
      const waited = waiting.get(t.name) ?? 0;
      if (held > 0) locks.push({ name: t.name, taken, held, waited, by: [...owners].join(', ') });
    }
    if (t.kind === 'counter') {
      let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
      let changes = 0;
      for (let i = 0; i < t.at.length && (t.at[i] as number) <= to; i++) {
        const next = t.at[i + 1] ?? run.events + 1;
        if (next <= from) continue;
        if ((t.at[i] as number) >= from) changes++;
        least = Math.min(least, t.value[i] as number);
        most = Math.max(most, t.value[i] as number);
      }
      if (changes > 0) counts.push({ name: t.name, least, most });
    }
  }
  locks.sort((a, b) => b.held - a.held);
  return {
    events: Math.max(0, Math.min(to, run.events) - from + 1),
    switches,
    tasks,
    locks,
    counts,
    objects,
  };
}
