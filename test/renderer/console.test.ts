// console: words in, lines out.
import { describe, expect, test } from 'vitest';
import type { RunView } from '../../preload/contract/calls';
import type { InspectorState } from '../../preload/contract/shapes';
import { type ConsoleWorld, interpret } from '../../renderer/console/interpreter';

function world(): ConsoleWorld & { at: number } {
  const state = (step: number): InspectorState => ({
    step,
    label: 'free box#1',
    task: 'driver',
    place: { fn: 'disable', file: 'engine/kernel/x.ts', line: 7 },
    scriptLine: 3,
    stack: [{ fn: 'disable', file: 'engine/kernel/x.ts', line: 7, script: false }],
    tasks: [
      {
        id: 0,
        name: 'driver',
        context: 'process',
        state: 'runnable',
        next: 'load',
        runnable: true,
        stack: [],
      },
    ],
    locks: [{ name: 'box#1.lock', owner: 'driver', waiters: ['worker'] }],
    objects: [{ name: 'box#1', kind: 'object', fields: [['state', 'freed']] }],
  });
  const w = {
    at: 10,
    view: { log: [{ step: 4, level: 'warn', text: 'hello' }] } as unknown as RunView,
    get state() {
      return state(w.at);
    },
    get step() {
      return w.at;
    },
    goto: async (n: number) => {
      w.at = n;
    },
    stepTask: async () => {},
    follow: async () => {
      w.at = 2;
    },
    export: async (n: string) => `text of ${n}`,
    now: () => state(w.at),
  };
  return w;
}

describe('commands', () => {
  test.each([
    ['step', 11, '#11 driver'],
    ['step 5', 15, '#15'],
    ['back 3', 7, '#7'],
    ['goto #42', 42, '#42'],
    ['cause', 2, '#2'],
  ])('%s', async (line, at, text) => {
    const w = world();
    expect((await interpret(w, line)).join('\n')).toContain(text);
    expect(w.at).toBe(at);
  });
  test.each([
    ['locks', 'box#1.lock: held by driver, waited for by worker'],
    ['objects box', 'state=freed'],
    ['bt', '#0  disable'],
    ['threads', '* driver'],
    ['dmesg', 'warn: hello'],
    ['export race', 'text of race'],
    ['help', 'goto <step>'],
    ['dm', 'hello'],
    ['frobnicate', 'there is no command'],
    ['goto', 'needs a step number'],
    ['bt nobody', 'there is no task'],
  ])('%s says %s', async (line, text) => {
    expect((await interpret(world(), line)).join('\n')).toContain(text);
  });
});
