// timeline: what is worked out from a recorded run: the happens-before order, the ledger, the page requests,
// the differences between two moments.
import { beforeAll, describe, expect, test } from 'vitest';
import { Recorded } from '../../main/timeline/recorded';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
let r: Recorded;
beforeAll(async () => {
  run = await keptRun(galleryScripts()[0]?.[1] ?? '', { variant: 'v6.1', driver: 'smmuv3' });
  r = new Recorded(run);
});
const end = (): number => run.findings[0]?.step ?? 0;
const freed = (): number => run.findings[0]?.related.find((x) => x.label === 'freed')?.step ?? 0;

describe('happens-before', () => {
  test('a task’s own steps are ordered, and before and after mirror each other', () => {
    const { events, task } = run.columns;
    const cones = Array.from({ length: events }, (_, i) => r.cone(i + 1));
    for (let a = 0; a < events; a++) {
      expect(cones[a]?.[a]).toBe(3);
      for (let b = a + 1; b < events; b++) {
        const isBefore = cones[b]?.[a] === 1;
        expect(cones[a]?.[b] === 2).toBe(isBefore);
        if (task[a] === task[b]) expect(isBefore).toBe(true);
        // Nothing that comes later happens before.
        expect(cones[a]?.[b]).not.toBe(1);
      }
    }
  });
  test('what is before what is before is before', () => {
    const { events } = run.columns;
    const cones = Array.from({ length: events }, (_, i) => r.cone(i + 1));
    for (let c = 0; c < events; c += 3) {
      for (let b = 0; b < c; b++) {
        if (cones[c]?.[b] !== 1) continue;
        for (let a = 0; a < b; a++) if (cones[b]?.[a] === 1) expect(cones[c]?.[a]).toBe(1);
      }
    }
  });
  test('the request comes before its response, the reporter after the free is concurrent with it', () => {
    const request = r.iopf(end()).requests[0];
    expect(r.cone(request?.answeredAt ?? 0)[(request?.step ?? 1) - 1]).toBe(1);
    const irq = run.columns.tasks.findIndex((t) => t.name === 'irq/24-prq0');
    const after = [...r.cone(freed())].filter((x, i) => x === 0 && run.columns.task[i] === irq);
    expect(after.length).toBeGreaterThan(0);
  });
});

describe('ledger', () => {
  test('unmatched entries come first: the lock that the dead object still holds', () => {
    const pairs = r.ledger(end() - 1);
    const first = pairs.findIndex((p) => p.open && p.close);
    expect(pairs.slice(first).every((p) => p.open && p.close)).toBe(true);
    const lock = pairs.find((p) => p.thing === 'iommu_fault_param#1.lock' && !p.close);
    expect(lock?.open?.task).toBe('kworker/u4:0');
  });
  test('memory, work, requests and lists are paired by what they are about', () => {
    const pairs = r.ledger(end());
    const of = (sort: string, thing: string) =>
      pairs.find((p) => p.sort === sort && p.thing.startsWith(thing));
    expect(of('memory', 'iommu_fault_param#1')?.close?.step).toBe(freed());
    expect(of('work', 'iopf_group#1.work')?.close?.fn).toBe('process_one_work');
    expect(of('request', 'dev0.pci')?.close?.op).toContain('page_response');
    expect(of('list', 'iommu_fault_event#1')?.close?.op).toContain('list_del');
  });
  test('nothing is given back before it was taken', () => {
    for (const p of r.ledger(end()))
      if (p.open && p.close) expect(p.close.step).toBeGreaterThan(p.open.step);
  });
});

describe('page requests', () => {
  test('outstanding until it is answered, then by whom and how late', () => {
    const whole = r.iopf(end()).requests[0];
    expect(whole?.fate).toBe('answered');
    expect(whole?.answeredBy).toBe('kworker/u4:0');
    expect(whole?.tookNs).toBeGreaterThan(0);
    const early = r.iopf(whole?.step ?? 0);
    expect(early.requests[0]?.fate).toBe('outstanding');
    expect(early.outstanding).toEqual([{ device: 'dev0', pasid: '5', count: 1 }]);
    expect(r.iopf(end()).outstanding).toEqual([]);
  });
});

test('the difference between two moments is what the steps between them changed', () => {
  const before = freed() - 1;
  const fields = r.difference(before, freed()).filter((f) => f.kind !== 'task');
  expect(fields).toEqual([
    { thing: 'iommu_fault_param#1', kind: 'object', field: 'state', was: 'live', is: 'freed' },
  ]);
  expect(r.difference(50, 50)).toEqual([]);
  const there = r.difference(20, 90);
  for (const f of there) expect(f.was, `${f.thing}.${f.field}`).not.toBe(f.is);
  const back = r.difference(90, 20);
  expect(back.map((f) => [f.thing, f.field, f.is, f.was]).sort()).toEqual(
    there.map((f) => [f.thing, f.field, f.was, f.is]).sort(),
  );
});

test('choices: in the set-up one task goes on, and the others have their reasons', () => {
  const over = run.columns.tasks.findIndex((t) => t.name === 'setup');
  const last = run.columns.task.lastIndexOf(over);
  for (let step = 0; step <= last; step++) {
    expect(r.choices(step).tasks.filter((t) => t.runnable)).toHaveLength(1);
  }
  const reason = (name: string): string =>
    r.choices(0).tasks.find((t) => t.name === name)?.reason ?? '';
  expect(reason('setup')).toBe('in the set-up, who can go on first does');
  expect(reason('driver')).toBe('it starts once the set-up is over');
  expect(reason('kworker/u4:0')).toBe('nobody has started it yet');
});

test('choices: the task that ran could run, and every other has a reason or could, too', () => {
  for (let step = 0; step < run.columns.events; step++) {
    const c = r.choices(step);
    expect(c.taken).toBe(run.columns.task[step]);
    for (const t of c.tasks) {
      expect(t.runnable || t.reason !== '', `${step} ${t.name}`).toBe(true);
      expect(t.runnable, `${step} ${t.name}`).toBe(
        ((run.columns.open[step] ?? 0) & (1 << t.id)) !== 0,
      );
    }
  }
});
