// Carries out one request: load the script, run the engine, answer. Knows nothing of processes, so
// that tests can call it directly; `runner-process.ts` puts the walls around it.

import { DEFAULT_PREEMPTIONS, DEFAULT_RUNS } from '../../preload/contract/limits';
import {
  AnchorChooser,
  allCheckers,
  allInvariants,
  at,
  Campaign,
  type Choice,
  coverageText,
  current,
  DEFAULT_MAX_STEPS,
  type Explained,
  type FoundFinding,
  Machine,
  type Program,
  ReplayChooser,
  type RunTables,
  runRecorded,
  type Strategy,
  segmentsOf,
  steadyChooser,
} from '../engine/api';
import { cellsOf, checkExperiment, type Experiment, experimentProgram } from './lab-api';
import type { Description, RecordedExecution, RunnerReply, RunnerRequest } from './protocol';

/** Turns program text into a value; the confined process gives a compartment's evaluate. */
export type Evaluate = (code: string) => unknown;
/** Called between slices; lets progress out and other messages in. */
export type Pause = (progress: RunnerReply) => Promise<void>;

/** Findings of a campaign that are shrunk and explained. */
const EXPLAINED = 8;
/** Executions between two looks at the outside. */
const SLICE = 50;

function load(code: string, evaluate: Evaluate): Experiment {
  const found: Experiment[] = [];
  const define = evaluate(code) as {
    (experiment: (title: unknown, options: unknown, body: unknown) => void, lines: typeof at): void;
    readonly shares?: boolean;
  };
  define((title, options, body) => {
    found.push(checkExperiment(title, options, body, define.shares === true));
  }, at);
  const e = found[0];
  if (found.length !== 1 || e === undefined) {
    throw new TypeError('a script defines exactly one experiment');
  }
  return e;
}

function describe(e: Experiment): Description {
  return {
    title: e.title,
    story: e.options.story ?? '',
    cells: cellsOf(e),
    expected: { ...(e.options.expected ?? {}) },
    preemptions: e.options.preemptions ?? DEFAULT_PREEMPTIONS,
    runs: e.options.runs ?? DEFAULT_RUNS,
    reach: e.options.reach ?? [],
    bug: e.options.bug ?? '',
    marking: e.options.marking ?? '',
    disputed: { ...(e.options.disputed ?? {}) },
  };
}

/** Choices as triples (kind, value, options). */
export function packChoices(choices: readonly Choice[]): Uint32Array {
  const out = new Uint32Array(choices.length * 3);
  choices.forEach((c, i) => {
    out.set([c.kind, c.value, c.options], i * 3);
  });
  return out;
}

/** The inverse of `packChoices`. */
export function unpackChoices(packed: Uint32Array): Choice[] {
  const out: Choice[] = [];
  for (let i = 0; i + 2 < packed.length; i += 3) {
    out.push({
      kind: packed[i] as number,
      value: packed[i + 1] as number,
      options: packed[i + 2] as number,
    });
  }
  return out;
}

function recorded(m: Machine, run: ReturnType<typeof runRecorded>): RecordedExecution {
  return {
    columns: run.tables,
    choices: packChoices(run.choices),
    findings: [...m.findings],
    log: [...m.log],
    outcome: run.outcome,
  };
}

function machineFor(e: Experiment, extra: ConstructorParameters<typeof Machine>[1] = []): Machine {
  return new Machine(
    { timed: e.options.timed ?? false, maxSteps: e.options.maxSteps ?? DEFAULT_MAX_STEPS },
    [...allCheckers(e.options.kcsan ?? false), ...allInvariants(), ...extra],
  );
}

/**
 * Carry out a request.
 * @throws whatever the script throws; `problemOf` finds its line
 */
export async function execute(
  request: RunnerRequest,
  evaluate: Evaluate,
  pause: Pause,
): Promise<RunnerReply> {
  const e = load(request.code, evaluate);
  const description = describe(e);
  if (request.kind === 'describe') return { kind: 'described', description };
  if (request.kind === 'survey') {
    await survey(e, description, request.runs ?? description.runs, pause);
    return { kind: 'surveyed', description };
  }
  const program = experimentProgram(e, request.cell);
  if (request.kind === 'replay') {
    const m = machineFor(e);
    const chooser = new ReplayChooser(unpackChoices(request.choices));
    const run = runRecorded(m, program, chooser);
    const left = chooser.unused > 0 && chooser.divergedAt < 0 ? run.choices.length : -1;
    return {
      kind: 'replay',
      description,
      run: recorded(m, run),
      divergedAt: chooser.divergedAt >= 0 ? chooser.divergedAt : left,
    };
  }
  if (request.kind === 'transfer') {
    const chooser = new AnchorChooser(segmentsOf(request.columns as RunTables));
    const m = machineFor(e, [chooser.counter]);
    const run = runRecorded(m, program, chooser);
    const { matched, missed } = chooser;
    return { kind: 'transfer', description, run: recorded(m, run), matched, missed };
  }
  const strategy: Strategy = request.strategy ?? {
    kind: 'bounded',
    bound: description.preemptions,
  };
  const budget = request.runs ?? description.runs;
  return search(e, program, description, strategy, budget, request.stopAtFirst, pause);
}

/** Run a campaign to its end and tell what it came to, with the run of the worst finding. */
async function searched(
  e: Experiment,
  program: Program,
  description: Description,
  strategy: Strategy,
  budget: number,
  stopAtFirst: boolean,
  pause: Pause,
  explains = true,
) {
  const m = machineFor(e);
  const { reach } = description;
  // Samples are told apart where the question is what a search has covered.
  const counting = strategy.kind !== 'bounded';
  const campaign = new Campaign(m, program, {
    strategy,
    budget,
    stopAtFirst,
    reach,
    countTraces: counting,
    countOrders: counting,
    opaque: e.sharesState,
  });
  while (!campaign.slice(SLICE)) {
    const { executions, found, left, coverage } = campaign;
    const { traces, states } = coverage;
    await pause({ kind: 'progress', executions, findings: found.size, left, traces, states });
  }
  const explained = explains ? campaign.explained(EXPLAINED) : [];
  const known = new Map(explained.map((e) => [e.finding.identity, e]));
  const found: (FoundFinding & Partial<Explained>)[] = campaign
    .findings()
    .map((f) => known.get(f.finding.identity) ?? f);
  const worst = found[0];
  const chooser = worst === undefined ? steadyChooser : new ReplayChooser(worst.choices);
  const run = runRecorded(m, program, chooser);
  return {
    m,
    run,
    summary: {
      description,
      strategy,
      executions: campaign.executions,
      exhausted: campaign.coverage.exhausted,
      coverage: coverageText(strategy, campaign.coverage),
      found: found.map(({ choices: _choices, ...shown }) => shown),
      orders: campaign.orderCoverage(),
      neverReached: campaign.neverReached(),
      fired: [...campaign.fired],
    },
  };
}

async function search(...a: Parameters<typeof searched>): Promise<RunnerReply> {
  const { m, run, summary } = await searched(...a);
  return { kind: 'search', ...summary, run: recorded(m, run) };
}

/** Every cell of an experiment, each told as soon as it is done. */
async function survey(e: Experiment, d: Description, runs: number, pause: Pause): Promise<void> {
  const strategy: Strategy = { kind: 'bounded', bound: d.preemptions };
  for (const cell of d.cells) {
    const program = experimentProgram(e, cell);
    const { run, summary } = await searched(e, program, d, strategy, runs, false, pause, false);
    const chain = run.tables.chain.at(-1) ?? '';
    await pause({ kind: 'cell', ...summary, cell, chain });
  }
}

/** What went wrong in a script, and on which of its lines (0 when unknown). */
export function problemOf(error: unknown, name: string): { message: string; line: number } {
  const e = error as { message?: string; stack?: string; name?: string };
  const at = new RegExp(`${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}:(\\d+)`).exec(
    e.stack ?? '',
  );
  let line = at ? Number(at[1]) : 0;
  const t = current.task;
  if (line === 0 && t !== null && t !== undefined) {
    for (let d = t.depth; d >= 0; d--) {
      if (t.frames[d]?.script) {
        line = t.frameLines[d] ?? 0;
        break;
      }
    }
  }
  const kind = e.name && e.name !== 'Error' && e.name !== 'TypeError' ? `${e.name}: ` : '';
  const message = `${kind === 'NotWaitedFor: ' ? '' : kind}${e.message ?? String(error)}`;
  return { message, line };
}
