// Small worlds for tests: a machine, tasks written in place, runs by a chooser.
import {
  allCheckers,
  type Chooser,
  type Gen,
  KObject,
  Machine,
  objectClass,
  type Program,
  type RunTables,
  registerFunction,
  runRecorded,
  steadyChooser,
} from '../../main/engine/api';

const info = registerFunction({
  name: 'test_task',
  file: 'test',
  upstream: '',
  deviates: '',
  script: true,
});

const boxClass = objectClass('box', 64);

/** A memory object with a number in it. */
export class Box extends KObject {
  value = 0;
  other: Box | null = null;
  constructor(label = '') {
    super(boxClass, label);
  }
}

export type Bodies = Record<string, () => Gen<unknown>>;

/** A program that starts one task per entry. `build` makes what they share. */
export function program(build: (m: Machine) => Bodies): Program {
  return (m) => {
    for (const [name, body] of Object.entries(build(m))) {
      m.spawn(name, 'process', false, info, body);
    }
  };
}

export function machine(timed = false, maxSteps = 2000): Machine {
  return new Machine({ timed, maxSteps }, allCheckers());
}

/** Run once, recorded; findings are on the machine. */
export function run(
  p: Program,
  chooser: Chooser = steadyChooser,
  m: Machine = machine(),
): { m: Machine; tables: RunTables; outcome: string } {
  const { tables, outcome } = runRecorded(m, p, chooser);
  return { m, tables, outcome };
}

/** Picks by this list of names, one entry a choice (a lone runnable task is no choice). */
export function script(order: readonly string[]): Chooser {
  let at = 0;
  return {
    pickTask(runnable, n, previous) {
      while (at < order.length) {
        const i = Array.from(runnable)
          .slice(0, n)
          .findIndex((t) => t.name === order[at]);
        at++;
        if (i >= 0) return i;
      }
      return steadyChooser.pickTask(runnable, n, previous);
    },
    pickFault: () => 0,
  };
}

/** Checkers that fired, in order. */
export function fired(m: Machine): string[] {
  return m.findings.map((f) => f.checker);
}
