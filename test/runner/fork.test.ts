// runner: a run with one choice changed is a run of its own: it shares its beginning, replays, and says
// what was changed. A fault that is held back stays away when the claim is replayed.
import { beforeAll, describe, expect, test } from 'vitest';
import type { RecordedExecution } from '../../main/runner/protocol';
import type { ChangeShape, KeptRun } from '../../preload/contract/shapes';
import { ask, galleryScripts, keptRun } from '../support/experiments';

const cell = { variant: 'v6.1', driver: 'smmuv3' };
let run: KeptRun;
beforeAll(async () => {
  run = await keptRun(galleryScripts()[0]?.[1] ?? '', cell);
});

async function forked(of: KeptRun, change: ChangeShape) {
  const reply = await ask(of.script, { kind: 'fork', cell: of.cell, choices: of.choices, change });
  if (reply.kind !== 'fork') throw new Error(reply.kind);
  return reply;
}

async function replayed(of: KeptRun, made: RecordedExecution): Promise<string | undefined> {
  const { choices } = made;
  const reply = await ask(of.script, { kind: 'replay', cell: of.cell, choices });
  if (reply.kind !== 'replay') throw new Error(reply.kind);
  expect(reply.divergedAt).toBe(-1);
  return reply.run.columns.chain.at(-1);
}

/** Steps after which some other task could have run. */
function openSteps(of: KeptRun): [step: number, task: number][] {
  const { open, task, events } = of.columns;
  const out: [number, number][] = [];
  for (let i = 0; i < events; i++) {
    for (let t = 0; t < 32; t++) {
      if ((open[i] ?? 0) & (1 << t) && t !== task[i]) out.push([i, t]);
    }
  }
  return out;
}

describe('fork', () => {
  test('every open choice can be taken, shares its beginning and replays', async () => {
    const open = openSteps(run);
    expect(open.length).toBeGreaterThan(20);
    for (const [step, task] of open.filter((_, i) => i % 7 === 0)) {
      for (const keeps of [true, false]) {
        const made = await forked(run, { kind: 'task', step, task, keeps });
        const { columns } = made.run;
        expect(made.shared).toBe(step);
        expect([...columns.task.slice(0, step)]).toEqual([...run.columns.task.slice(0, step)]);
        expect([...columns.kind.slice(0, step)]).toEqual([...run.columns.kind.slice(0, step)]);
        expect(columns.task[step]).toBe(task);
        expect(await replayed(run, made.run)).toBe(columns.chain.at(-1));
      }
    }
  });

  test('a task that cannot run is refused', async () => {
    const change = { kind: 'task', step: 0, task: 31, keeps: true } as const;
    await expect(forked(run, change)).rejects.toThrow('cannot run at this step');
  });
});

const FAULTY = `import { experiment } from 'faultline';
export default experiment('Faults', { drivers: ['plain'], variants: ['v6.12'] }, (lab) => {
  const dev = lab.device('dev0');
  const mm = lab.addressSpace('mm');
  lab.inject.response({ kind: 'missing-response', probability: 50 });
  lab.setup(function* () {
    yield* lab.driver.bind(dev, mm, 5);
    yield* lab.driver.enableIopf(dev);
  });
  lab.task('dma', function* () { yield* dev.access({ pasid: 5 }); }, 'device');
});
`;

test('a fault that did not fire stays away, also in a replay', async () => {
  const faulty = await keptRun(FAULTY, { variant: 'v6.12', driver: 'plain' });
  const step = faulty.log.find((l) => l.level === 'fault')?.step ?? 0;
  expect(step).toBeGreaterThan(0);
  const made = await forked(faulty, { kind: 'no-fault', step });
  expect(made.run.log.filter((l) => l.level === 'fault')).toEqual([]);
  expect(made.run.columns.chain.at(-1)).not.toBe(faulty.columns.chain.at(-1));
  expect(await replayed(faulty, made.run)).toBe(made.run.columns.chain.at(-1));
});

test('a fault that is held back is used up: it does not fire at the next place instead', async () => {
  const certain = FAULTY.replace(', probability: 50', '').replace(
    '{ yield* dev.access({ pasid: 5 }); }',
    '{ yield* dev.access({ pasid: 5 }); yield* dev.access({ pasid: 5, addr: 2 }); }',
  );
  const run2 = await keptRun(certain, { variant: 'v6.12', driver: 'plain' });
  const step = run2.log.find((l) => l.level === 'fault')?.step ?? 0;
  expect(step).toBeGreaterThan(0);
  const made = await forked(run2, { kind: 'no-fault', step });
  expect(made.run.log.filter((l) => l.level === 'fault')).toEqual([]);
  expect(await replayed(run2, made.run)).toBe(made.run.columns.chain.at(-1));
});

test('a run that this engine does not repeat cannot be forked', async () => {
  const choices = run.choices.slice();
  choices[2] = 31;
  const change = { kind: 'task', step: 40, task: 3, keeps: true } as const;
  await expect(forked({ ...run, choices }, change)).rejects.toThrow('does not repeat the run');
});

test('faults go with a schedule to another variant', async () => {
  const faulty = await keptRun(FAULTY, { variant: 'v6.12', driver: 'plain' });
  const reply = await ask(FAULTY, {
    kind: 'transfer',
    cell: { variant: 'v6.16', driver: 'plain' },
    from: faulty.cell,
    choices: faulty.choices,
    columns: faulty.columns,
  });
  if (reply.kind !== 'transfer') throw new Error(reply.kind);
  expect(reply.run.log.some((l) => l.level === 'fault')).toBe(true);
});
