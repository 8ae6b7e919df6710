// debugger: words in, lines out, on a real recorded run; forwards and backwards meet the same stops.
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type DebugLab, DebugSession } from '../../main/debugger/session';
import { Recorded } from '../../main/timeline/recorded';
import type { KeptRun } from '../../preload/contract/shapes';
import { galleryScripts, keptRun } from '../support/experiments';

let run: KeptRun;
let other: KeptRun;
let s: DebugSession;
beforeAll(async () => {
  const script = galleryScripts()[0]?.[1] ?? '';
  run = await keptRun(script, { variant: 'v6.1', driver: 'smmuv3' });
  other = { ...(await keptRun(script, { variant: 'v6.12', driver: 'smmuv3' })), id: 'other' };
});
beforeEach(() => {
  const first = new Recorded(run);
  const second = new Recorded(other);
  const lab: DebugLab = {
    search: async () => second,
    fork: async () => second,
    transfer: async () => second,
    export: async (_run, name) => `text of ${name}`,
    runs: () => [first, second],
    variants: () => ['v6.1', 'v6.12'],
  };
  s = new DebugSession(lab);
  s.show(first);
});

const say = async (line: string): Promise<string> => (await s.command(line)).join('\n');
const freed = (): number => run.findings[0]?.related.find((r) => r.label === 'freed')?.step ?? 0;

describe('moving', () => {
  test('a session begins at the finding', () => {
    expect(s.step).toBe(run.findings[0]?.step);
  });
  test('step, back, next, previous, goto, and gdb’s short words', async () => {
    await say('goto #40');
    expect(s.step).toBe(40);
    expect(await say('s 5')).toContain('#45 irq/24-prq0');
    await say('back 3');
    expect(s.step).toBe(42);
    await say('goto 66');
    await say('n');
    expect(run.columns.task[s.step - 1]).toBe(run.columns.task[65]);
    expect(s.step).toBeGreaterThan(66);
    await say('previous');
    expect(s.step).toBe(66);
    await say('goto 9999');
    expect(s.step).toBe(run.columns.events);
  });
  test('cause leads to the free, effect back to the access', async () => {
    expect(await say('cause')).toContain('free iommu_fault_param#1');
    expect(s.step).toBe(freed());
    await say('effect');
    expect(s.step).toBe(run.findings[0]?.step);
  });
});

describe('stops', () => {
  async function walked(command: string): Promise<number[]> {
    const steps: number[] = [];
    for (let i = 0; i < 50; i++) {
      const lines = await say(command);
      if (/the run (ends|begins)/.test(lines)) break;
      steps.push(s.step);
    }
    return steps;
  }
  test.each([
    'break iommu_page_response',
    'break iommu_fault_param#1',
    'break use-after-free',
    'break page_response',
    'watch prq0.depth',
    'watch dev0.refs > 1',
  ])('%s: forwards and backwards meet the same steps', async (line) => {
    expect(await say(line)).toMatch(/^stop 1: /);
    await say('goto 0');
    const there = await walked('continue');
    expect(there.length).toBeGreaterThan(0);
    await say(`goto ${run.columns.events + 1}`);
    const last = there.at(-1) === run.columns.events ? there.slice(0, -1) : there;
    expect((await walked('reverse-continue')).reverse()).toEqual(last);
  });
  test('a watch says what changed', async () => {
    await say('watch prq0.depth');
    await say('goto 0');
    expect(await say('c')).toContain('prq0.depth: not there → 1');
  });
  test('what nobody has heard of is refused', async () => {
    expect(await say('break nothing_like_it')).toContain('nothing in this run is called');
    expect(await say('watch nothing_like_it > 1')).toContain('nothing in this run is called');
    expect(await say('delete 7')).toContain('there is no stop 7');
  });
});

describe('looking', () => {
  test.each([
    ['locks', 'iommu_fault_param#1.lock: held by kworker/u4:0'],
    ['objects iommu_fault_param#1', 'state=freed'],
    ['print iommu_fault_param#1.state', 'iommu_fault_param#1.state = freed'],
    ['print prq0.depth == 0', 'true'],
    ['bt', '#0  iommu_page_response'],
    ['bt driver', 'experiment.ts:50'],
    ['threads', '* kworker/u4:0'],
    ['dmesg', 'mark: the device is done'],
    ['why', 'it needs these orders'],
    ['iopf', 'answered #86 by kworker/u4:0'],
    ['ledger iommu_fault_event#1', '#88 kworker/u4:0 iommu_page_response'],
    ['export race', 'text of race'],
    ['help fork', 'let another task run'],
    ['frobnicate', 'there is no command'],
    ['wa', 'watch needs'],
    ['goto', 'needs a step number'],
    ['bt nobody', 'there is no task'],
    ['print', 'needs an expression'],
    ['runs 9', 'there is no run 9'],
    ['diff', 'steps belong together'],
  ])('%s says %s', async (line, text) => {
    expect(await say(line)).toContain(text);
  });
  test('choices say why the rest cannot run; fork takes what is open', async () => {
    await say('goto 40');
    const lines = await say('choices');
    expect(lines).toContain('* irq/24-prq0');
    expect(lines).toContain('it waits for a response to dev0.pci');
    expect(lines).toMatch(/\+ driver +task_start/);
    expect(await say('fork dev0 job')).toContain('cannot run here');
    expect(await say('fork nobody')).toContain('there is no task');
    expect(await say('fork no-fault')).toContain('no fault fires');
    await say('fork driver');
    expect(s.recorded?.run.id).toBe('other');
  });
  test('completion: commands, functions, objects, tasks', () => {
    expect(s.complete('rev')).toEqual(['reverse-continue']);
    expect(s.complete('break iommu_page_r')).toEqual(['iommu_page_response']);
    expect(s.complete('print prq0')).toContain('prq0');
    expect(s.complete('export ra')).toEqual(['race']);
  });
});
