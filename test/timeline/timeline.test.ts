// timeline: state at a step is the same whichever way one came; tracks and causes say what happened.
import { beforeAll, describe, expect, test } from 'vitest';
import { inspect } from '../../main/timeline/inspect';
import { FlowIndex, flowsOf, linksOf } from '../../main/timeline/links';
import { RunState } from '../../main/timeline/run-state';
import { tracksOf } from '../../main/timeline/tracks';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
beforeAll(async () => {
  const script = galleryScripts()[0]?.[1] ?? '';
  run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
});

describe('state at a step', () => {
  test('forwards, backwards and by jumps agree', () => {
    const straight = new RunState(run.columns);
    const views: string[] = [];
    for (let s = 0; s <= run.columns.events; s++) {
      views.push(JSON.stringify(inspect(run.columns, straight, s)));
    }
    const back = new RunState(run.columns);
    for (let s = run.columns.events; s >= 0; s--) {
      expect(JSON.stringify(inspect(run.columns, back, s))).toBe(views[s]);
    }
    for (let i = 0; i < 60; i++) {
      const s = (i * 37) % (run.columns.events + 1);
      expect(JSON.stringify(inspect(run.columns, back, s))).toBe(views[s]);
    }
  });

  test('at the finding: who holds the lock, what was freed, who could run', () => {
    const f = run.findings[0];
    const s = inspect(run.columns, new RunState(run.columns), f?.step ?? 0);
    expect(s.locks).toEqual([
      { name: 'iommu_fault_param#1.lock', owner: 'kworker/u4:0', waiters: [] },
    ]);
    const param = s.objects.find((o) => o.name === 'iommu_fault_param#1');
    expect(param?.fields.find(([k]) => k === 'state')?.[1]).toBe('freed');
    expect(s.stack[0]?.fn).toBe('iommu_page_response');
    expect(s.stack[0]?.line).toBeGreaterThan(100);
    expect(s.tasks.find((t) => t.name === 'driver')?.state).toBe('ended');
    expect(s.tasks.find((t) => t.name === 'irq/24-prq0')?.state).toBe('waiting');
  });

  test('a waiter is listed at its lock', async () => {
    const script = galleryScripts()[4]?.[1] ?? '';
    const r = await keptRun(script, { variant: 'v6.1', driver: 'plain' });
    const s = inspect(r.columns, new RunState(r.columns), r.columns.events);
    const held = s.locks.map((l) => [l.name, l.waiters.length]);
    expect(held).toContainEqual(['dev0.iommu.lock', 1]);
    expect(held).toContainEqual(['iommu_fault_param#1.lock', 1]);
  });
});

describe('tracks and links', () => {
  test('tasks, locks, counts and lifetimes', () => {
    const tracks = tracksOf(run.columns);
    const ids = tracks.map((t) => t.id);
    expect(ids).toContain('task:kworker/u4:0');
    expect(ids).toContain('lock:iommu_fault_param#1.lock');
    expect(ids).toContain('counter:prq0.depth');
    const life = tracks.find((t) => t.id === 'object:iommu_fault_param#1');
    const f = run.findings[0];
    expect(life?.to[0]).toBe(f?.related.find((r) => r.label === 'freed')?.step);
  });
  test('the cause of the access is the free, and back again', () => {
    const all = flowsOf(run.columns, run.findings);
    const flows = new FlowIndex(all, run.columns.events);
    const f = run.findings[0];
    const free = f?.related.find((r) => r.label === 'freed')?.step ?? 0;
    expect(linksOf(flows, run.columns, f?.step ?? 0, -1)[0]?.from).toBe(free);
    expect(linksOf(flows, run.columns, free, 1)[0]?.to).toBe(f?.step);
  });
});
