// Locks as the columns of a run tell of them: who took one after whom, and how long somebody waited for it.
import type { RunView } from '../../preload/contract/calls';
import type { KindShape, ViewColumns } from '../../preload/contract/shapes';
import { lowerBound } from './search';

/** Kinds of events by which a task takes a lock. */
function lockingKinds(kinds: readonly KindShape[]): ReadonlySet<number> {
  const takes = kinds.filter((k) => /^(mutex_lock|spin_lock|down_)/.test(k.name));
  return new Set(takes.map((k) => k.id));
}

/** How often, after step `a` and up to step `b`, a lock was taken by another task than the last one to take it. */
export function lockHandOffs(
  run: ViewColumns,
  kinds: readonly KindShape[],
  a: number,
  b: number,
): number {
  const takes = lockingKinds(kinds);
  const last = new Map<number, number>();
  let handOffs = 0;
  for (let s = 1; s <= b; s++) {
    if (!takes.has(run.kind[s - 1] as number)) continue;
    const lock = run.thing[s - 1] as number;
    const task = run.task[s - 1] as number;
    const before = last.get(lock);
    if (s > a && before !== undefined && before !== task) handOffs++;
    last.set(lock, task);
  }
  return handOffs;
}

/** Steps that tasks stood still before each lock (by name) that they took, as far as they lie in the range. */
export function stepsWaited(
  { columns: run, tracks }: RunView,
  kinds: readonly KindShape[],
  from: number,
  to: number,
): ReadonlyMap<string, number> {
  const takes = lockingKinds(kinds);
  const held = new Map(tracks.filter((t) => t.kind === 'lock').map((t) => [t.name, t]));
  const before = new Int32Array(run.tasks.length);
  const out = new Map<string, number>();
  for (let s = 1; s <= run.events; s++) {
    const task = run.task[s - 1] as number;
    const since = before[task] as number;
    before[task] = s;
    if (s < from || !takes.has(run.kind[s - 1] as number)) continue;
    const name = run.things[(run.thing[s - 1] as number) - 1]?.name ?? '';
    // It has wanted the lock since its last step: it waited while others held it.
    const track = held.get(name);
    if (track === undefined) continue;
    for (let i = lowerBound(track.to, since + 2); i < track.from.length; i++) {
      const a = track.from[i] as number;
      if (a >= s) break;
      const steps = Math.min(track.to[i] as number, s, to + 1) - Math.max(a, since + 1, from);
      if (steps > 0) out.set(name, (out.get(name) ?? 0) + steps);
    }
  }
  return out;
}
