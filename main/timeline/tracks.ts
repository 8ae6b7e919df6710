// Tracks: what the timeline draws below the tasks. Locks as spans of their owner, counts and
// depths as steps, objects as lifetimes.
import type {
  FindingShape,
  RunColumns,
  TimelineShape,
  TrackShape,
} from '../../preload/contract/shapes';
import { KINDS } from '../engine/api';
import { findingFlows, flowsOf } from './links';

const COUNTERS = new Set(['count', 'users', 'depth', 'credits', 'readers', 'queued', 'running']);

interface Span {
  from: number;
  to: number;
  text: string;
}

/** Everything the timeline needs beside the columns. */
export function timelineOf(run: RunColumns, findings: readonly FindingShape[]): TimelineShape {
  const tracks: TrackShape[] = run.tasks.map((t, id) => ({
    id: `task:${t.name}`,
    kind: 'task' as const,
    name: t.name,
    group: t.context,
    task: id,
    spans: [],
    points: [],
  }));
  const locks = new Map<number, Span[]>();
  const lives = new Map<number, Span[]>();
  const counters = new Map<string, { name: string; group: string; points: [number, number][] }>();
  for (let i = 0; i <= run.events; i++) {
    const from = i === 0 ? 0 : (run.deltaStart[i - 1] ?? 0);
    const to = run.deltaStart[i] ?? 0;
    for (let d = from; d < to; d++) {
      const id = run.deltaThing[d] as number;
      const thing = run.things[id - 1];
      const field = run.strings[run.deltaField[d] as number] ?? '';
      const value = run.strings[run.deltaNew[d] as number] ?? '';
      if (thing === undefined) continue;
      if (field === 'owner') note(locks, id, i, value === 'NULL' ? '' : value);
      else if (field === 'state' && thing.kind === 'object') {
        note(lives, id, i, value === 'freed' ? '' : value);
      } else if (COUNTERS.has(field)) {
        const key = `${thing.name}.${field}`;
        const name = field === 'count' ? thing.name : key;
        const c = counters.get(key) ?? { name, group: thing.kind, points: [] };
        const n = Number(value);
        if (c.points.length === 0 && i > 0) {
          c.points.push([0, Number(run.strings[run.deltaOld[d] as number]) || 0]);
        }
        c.points.push([i, Number.isFinite(n) ? n : 0]);
        counters.set(key, c);
      }
    }
  }
  addSpans(tracks, run, locks, 'lock');
  addSpans(tracks, run, lives, 'object');
  for (const [key, c] of counters) {
    if (c.points.length < 2) continue;
    tracks.push({
      id: `counter:${key}`,
      kind: 'counter',
      name: c.name,
      group: c.group,
      task: -1,
      spans: [],
      points: c.points,
    });
  }
  return { tracks, flows: [...findingFlows(findings), ...flowsOf(run)] };
}

function note(all: Map<number, Span[]>, id: number, step: number, text: string): void {
  const spans = all.get(id) ?? [];
  all.set(id, spans);
  const last = spans[spans.length - 1];
  if (last !== undefined && last.to < 0) last.to = step;
  if (text !== '') spans.push({ from: step, to: -1, text });
}

function addSpans(
  tracks: TrackShape[],
  run: RunColumns,
  all: Map<number, Span[]>,
  kind: 'lock' | 'object',
): void {
  for (const [id, spans] of all) {
    const thing = run.things[id - 1];
    if (thing === undefined || spans.length === 0) continue;
    tracks.push({
      id: `${kind}:${thing.name}`,
      kind,
      name: thing.name,
      group: thing.kind,
      task: -1,
      spans: spans.map((s) => [s.from, s.to < 0 ? run.events + 1 : s.to, s.text]),
      points: [],
    });
  }
}

/** The vocabulary as it travels with a run. */
export function vocabulary() {
  return KINDS.map(({ id, name, family, access, text }) => ({ id, name, family, access, text }));
}
