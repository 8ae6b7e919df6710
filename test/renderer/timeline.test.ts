// timeline: windows, pixels and steps agree on both axes; rows group one data set in three ways; queries
// find what they name.
import { beforeAll, describe, expect, test } from 'vitest';
import { Recorded } from '../../main/timeline/recorded';
import { vocabulary } from '../../main/timeline/tracks';
import type { RunView } from '../../preload/contract/calls';
import { lockHandOffs, stepsWaited } from '../../renderer/base/locks';
import { gallop, lowerBound } from '../../renderer/base/search';
import { problemAfter } from '../../renderer/data/problems';
import { summarise } from '../../renderer/drawer/summary';
import { stepAxis, timeAxis } from '../../renderer/timeline/axis';
import { matchAll, parseQuery, stepsOf } from '../../renderer/timeline/query';
import { allRows, arrange, rowOfStep } from '../../renderer/timeline/rows';
import {
  clampWindow,
  LABEL_WIDTH,
  posAt,
  wholeRun,
  xOf,
  zoom,
} from '../../renderer/timeline/viewport';
import { galleryScripts, keptRun } from '../support/experiments';

const kinds = vocabulary();
let view: RunView;
beforeAll(async () => {
  const script = galleryScripts()[0]?.[1] ?? '';
  const run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  const { columns, findings, log } = run;
  const recorded = new Recorded(run);
  const { tracks } = recorded;
  const summary = {} as RunView['summary'];
  const start = recorded.place(columns.events);
  view = { summary, script, columns, tracks, findings, log, opinion: null, start };
});

describe('axes and windows', () => {
  test('a pixel inside a step leads back to the step', () => {
    const axis = stepAxis(100);
    const w = wholeRun(axis);
    for (let s = 1; s <= 100; s++) {
      expect(axis.stepAt(posAt(w, 800, xOf(w, 800, axis.at(s)) + 1))).toBe(s);
    }
    expect(xOf(w, 800, w.from)).toBe(LABEL_WIDTH);
  });
  test('virtual time: every step lies at its time, positions grow', () => {
    const axis = timeAxis(view.columns);
    for (let s = 1; s <= view.columns.events; s++) {
      expect(axis.at(s)).toBe(view.columns.time[s - 1]);
      expect(axis.at(axis.stepAt(axis.at(s)))).toBe(axis.at(s));
      expect(axis.at(s + 1)).toBeGreaterThanOrEqual(axis.at(s));
    }
  });
  test('zooming keeps the step under the pointer, and stays inside the run', () => {
    const axis = stepAxis(1000);
    const w = clampWindow(zoom(wholeRun(axis), 0.1, 500), axis, 800);
    expect(w.from).toBeLessThan(500);
    expect(w.to).toBeGreaterThan(500);
    expect(clampWindow({ from: -50, to: 20 }, axis, 800).from).toBe(0.5);
    const out = clampWindow(zoom(wholeRun(axis), 5, 500), axis, 800);
    expect(out.to - out.from).toBeLessThanOrEqual(1001);
  });
  test('galloping finds what a binary search finds', () => {
    const list = Uint32Array.from({ length: 200 }, (_, i) => i * 3 + (i % 2));
    for (let from = 0; from < 200; from += 13) {
      for (let v = list[from] as number; v < 620; v += 7) {
        expect(gallop(list, v, from)).toBe(lowerBound(list, v, from));
      }
    }
  });
});

describe('rows', () => {
  test.each(['task', 'cpu', 'object'] as const)(
    'grouped by %s every step is on at most one row',
    (g) => {
      const rows = allRows(view, g).filter((r) => r.kind === 'events');
      const all = rows.flatMap((r) => [...r.steps]);
      expect(new Set(all).size).toBe(all.length);
      if (g !== 'object') expect(all.length).toBe(view.columns.events);
      for (let s = 1; s <= view.columns.events; s++) {
        const at = rowOfStep(rows, s);
        expect(at >= 0).toBe(all.includes(s));
        if (at >= 0) expect(rows[at]?.steps.includes(s)).toBe(true);
      }
    },
  );
  test('this race needs two CPUs beside the device', () => {
    const names = allRows(view, 'cpu').map((r) => r.name);
    expect(names.filter((n) => n.startsWith('CPU')).length).toBeGreaterThanOrEqual(2);
    expect(names[0]).toBe('dev0 job');
  });
  test('pinned first, hidden not, moved where they were put', () => {
    const rows = allRows(view, 'task');
    const [a, b, c] = rows.map((r) => r.id) as [string, string, string];
    const shown = arrange(rows, [c], [a], [b]);
    expect(shown.pinned.map((r) => r.id)).toEqual([c]);
    expect(shown.rest[0]?.id).toBe(b);
    expect(shown.rest.map((r) => r.id)).not.toContain(a);
  });
});

describe('queries', () => {
  const find = (q: string): number[] => [...stepsOf(matchAll(view.columns, vocabulary(), q))];
  const taskOf = (s: number): string =>
    view.columns.tasks[view.columns.task[s - 1] as number]?.name ?? '';

  test('words, places, quotes and what must not fit', () => {
    expect(parseQuery('task:irq -kind:load "a b"')).toEqual([
      { place: 'task', text: 'irq', not: false },
      { place: 'kind', text: 'load', not: true },
      { place: null, text: 'a b', not: false },
    ]);
    expect(parseQuery('  ')).toEqual([]);
  });
  test('steps by number', () => {
    expect(find('step:3,7-9,#12')).toEqual([3, 7, 8, 9, 12]);
    expect(find('step:1-5 -step:2-4')).toEqual([1, 5]);
    expect(find('step:nonsense')).toEqual([]);
  });
  test('a task, and not what it only reads', () => {
    const all = find('task:kworker');
    expect(all.every((s) => taskOf(s) === 'kworker/u4:0')).toBe(true);
    const some = find('task:kworker -kind:load');
    expect(some.length).toBeLessThan(all.length);
    expect(some.length).toBeGreaterThan(0);
  });
  test('an object, a function, a family', () => {
    const free = find('kind:free object:iommu_fault_param');
    expect(free).toEqual([view.findings[0]?.related.find((r) => r.label === 'freed')?.step]);
    expect(find('fn:iommu_page_response').length).toBeGreaterThan(5);
    expect(find('family:hardware page_response').length).toBe(1);
    expect(find('there is no such thing')).toEqual([]);
  });
});

test('a range is summed up: steps, locks with their holders, counts', () => {
  const { events } = view.columns;
  const all = summarise(view, kinds, 1, events);
  expect(all.tasks.reduce((n, t) => n + t.events, 0)).toBe(events);
  expect(all.locks.find((l) => l.name === 'iommu_fault_param#1.lock')?.by).toContain(
    'kworker/u4:0',
  );
  expect(all.counts.find((c) => c.name === 'prq0.depth')).toEqual({
    name: 'prq0.depth',
    least: 0,
    most: 1,
  });
  const early = summarise(view, kinds, 1, 10);
  expect(early.events).toBe(10);
  expect(early.switches).toBe(1);
});

test('problems: findings one after the other, then what is left open, then from the start', () => {
  const all = [5, 20, 9, 3];
  expect(problemAfter(all, 2, 0, 1)).toBe(0);
  expect(problemAfter(all, 2, 6, 1)).toBe(1);
  expect(problemAfter(all, 2, 20, 1)).toBe(2);
  expect(problemAfter(all, 2, 30, 1)).toBe(2);
  expect(problemAfter(all, 2, 3, 1)).toBe(0);
  expect(problemAfter(all, 2, 5, -1)).toBe(3);
  expect(problemAfter(all, 2, 7, -1)).toBe(0);
  expect(problemAfter([4], 0, 9, 1)).toBe(0);
  expect(problemAfter([], 0, 9, 1)).toBe(-1);
});

test('locks: handed on, and waited for', () => {
  const { events, task, thing, kind } = view.columns;
  // By hand: who took each lock last, over the whole run.
  const last = new Map<number, number>();
  let handed = 0;
  for (let i = 0; i < events; i++) {
    if (!/^(mutex_lock|spin_lock|down_)/.test(kinds[kind[i] as number]?.name ?? '')) continue;
    const lock = thing[i] as number;
    if ((last.get(lock) ?? task[i]) !== task[i]) handed++;
    last.set(lock, task[i] as number);
  }
  expect(handed).toBeGreaterThan(0);
  expect(lockHandOffs(view.columns, kinds, 1, events)).toBe(handed);
  expect(lockHandOffs(view.columns, kinds, events - 1, events)).toBeLessThanOrEqual(1);
});

test('a task waits from its last step until it has the lock, while another holds it', () => {
  const [take, load] = ['mutex_lock', 'load'].map((name) => kinds.find((k) => k.name === name)?.id);
  // Task 0 takes the lock at 1 and gives it back at 5; task 1 wants it since 3, and has it at 6.
  const columns = {
    events: 6,
    tasks: [{ name: 'a' }, { name: 'b' }],
    things: [{ name: 'lock' }],
    task: Uint16Array.of(0, 0, 1, 0, 0, 1),
    kind: [take, load, load, load, load, take],
    thing: [1, 0, 0, 0, 0, 1],
  };
  const lock = { kind: 'lock', name: 'lock', from: Uint32Array.of(1, 6), to: Uint32Array.of(5, 7) };
  const contended = { columns, tracks: [lock] } as unknown as RunView;
  expect(stepsWaited(contended, kinds, 1, 6)).toEqual(new Map([['lock', 1]]));
  expect(stepsWaited(contended, kinds, 5, 6).size).toBe(0);
  expect(lockHandOffs(contended.columns, kinds, 1, 6)).toBe(1);
});
