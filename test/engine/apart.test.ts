// explorer: a fatal finding ends what is reported of an execution, and another order of the same steps would have come to
// another one first. A search by traces tries one order only, and finds both; but nothing that comes of the first.
import { expect, test } from 'vitest';
import {
  allCheckers,
  Campaign,
  type Gen,
  KObject,
  primitives as k,
  Machine,
  objectClass,
  type Program,
  registerFunction,
  task_join,
} from '../../main/engine/api';

const info = registerFunction({
  name: 'apart',
  file: 'test/engine/apart.test.ts',
  upstream: '',
  deviates: '',
  script: true,
});
const [firstClass, secondClass] = [objectClass('first_thing', 64), objectClass('second_thing', 64)];

class Thing extends KObject {
  v = 0;
}

/** Two tasks that each use freed memory. @param joins the second only when the first has ended */
function twoFaults(joins: boolean): Program {
  return (m) => {
    const [a, b] = [new Thing(firstClass), new Thing(secondClass)];
    function* freeing(): Gen<void> {
      yield* k.kfree(a);
      yield* k.kfree(b);
    }
    const before = m.spawn('freeing', 'process', false, info, freeing);
    const one = m.spawn('one', 'process', false, info, function* () {
      yield* task_join(before);
      yield* k.load(a, 'v');
    });
    m.spawn('other', 'process', false, info, function* () {
      yield* task_join(joins ? one : before);
      yield* k.load(b, 'v');
    });
  };
}

function found(
  program: Program,
  kind: 'dpor' | 'stateful',
): [objects: string[], executions: number] {
  const strategy = kind === 'dpor' ? ({ kind, counts: false } as const) : ({ kind } as const);
  const m = new Machine({ timed: false, maxSteps: 500 }, allCheckers());
  const c = new Campaign(m, program, { strategy, budget: 100 });
  while (!c.slice(10)) {}
  expect(c.coverage.complete).toBe(true);
  for (const { finding, choices } of c.findings()) {
    expect(finding.checker).toBe('use-after-free');
    expect(choices.length).toBeGreaterThan(0);
  }
  return [
    c
      .findings()
      .map((f) => f.finding.object)
      .sort(),
    c.coverage.executions,
  ];
}

test('two that have nothing to do with each other are both found, in one execution', () => {
  const program = twoFaults(false);
  expect(found(program, 'dpor')).toEqual([['first_thing#1', 'second_thing#1'], 1]);
  expect(found(program, 'stateful')[0]).toEqual(['first_thing#1', 'second_thing#1']);
});

test('what can only come after a fatal one is not found', () => {
  const program = twoFaults(true);
  expect(found(program, 'dpor')[0]).toEqual(['first_thing#1']);
  expect(found(program, 'stateful')[0]).toEqual(['first_thing#1']);
});
