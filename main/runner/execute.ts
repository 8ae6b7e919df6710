// Carries out one request: load the script, run the engine, answer. Knows nothing of processes, so
// that tests can call it directly; `runner-process.ts` puts the walls around it.

import { DEFAULT_PREEMPTIONS, DEFAULT_RUNS } from '../../preload/contract/limits';
import {
  AnchorChooser,
  at,
  type Campaign,
  type Choice,
  current,
  FaultNotes,
  fork,
  type Machine,
  type Program,
  ReplayChooser,
  type RunTables,
  runOnce,
  runRecorded,
  type Strategy,
  segmentsOf,
  withhold,
} from '../engine/api';
import { cellsOf, checkExperiment, type Experiment, experimentProgram } from './lab-api';
import type { Description, RecordedExecution, RunnerReply, RunnerRequest } from './protocol';
import {
  conclude,
  cut,
  joined,
  machineFor,
  type Pause,
  share,
  type Task,
  wholeCampaign,
} from './searching';

/** Turns program text into a value; the confined process gives a compartment's evaluate. */
export type Evaluate = (code: string) => unknown;
function load(code: string, evaluate: Evaluate): Experiment {
  const found: Experiment[] = [];
  const define = evaluate(code) as {
    (experiment: (title: unknown, options: unknown, body: unknown) => void, lines: typeof at): void;
    readonly shares?: boolean;
    readonly keepsNothing?: boolean;
  };
  define((title, options, body) => {
    found.push(
      checkExperiment(title, options, body, define.shares === true, define.keepsNothing === true),
    );
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

/** Choices between two messages of a replay. */
const STRIDE = 4096;

/** A replay that tells how far it is, and by that, that it is alive. */
class ToldReplay extends ReplayChooser {
  private readonly total: number;
  private left: number;

  constructor(
    schedule: readonly Choice[],
    private readonly pause: Pause,
  ) {
    super(schedule);
    this.total = schedule.length;
    this.left = schedule.length;
  }

  override pickTask(...args: Parameters<ReplayChooser['pickTask']>): number {
    if (this.unused <= this.left - STRIDE) {
      this.left = this.unused;
      void this.pause({ kind: 'replayed', done: this.total - this.left, total: this.total });
    }
    return super.pickTask(...args);
  }
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

/** What the shares of one search have built: those that follow begin where the compiler is warm. */
interface Workshop {
  readonly code: string;
  readonly experiment: Experiment;
  readonly cells: Map<string, { readonly program: Program; readonly machine: Machine }>;
}

let workshop: Workshop | null = null;

/** Do a share of a search; in the world of the shares before it, if a run leaves nothing in there. */
async function shareOf(
  request: Extract<RunnerRequest, { kind: 'share' }>,
  evaluate: Evaluate,
  pause: Pause,
): Promise<RunnerReply> {
  const { code, cell } = request;
  if (workshop?.code !== code || !workshop.experiment.keepsNothing) {
    workshop = { code, experiment: load(code, evaluate), cells: new Map() };
  }
  const { experiment, cells } = workshop;
  const name = `${cell.variant} ${cell.driver}`;
  let built = cells.get(name);
  if (built === undefined) {
    built = { program: experimentProgram(experiment, cell), machine: machineFor(experiment) };
    cells.set(name, built);
  }
  const { program, machine } = built;
  return share(taskOf(request, experiment, program), machine, request, pause);
}

function taskOf(
  request: Extract<RunnerRequest, { kind: 'search' | 'parts' | 'share' | 'conclude' }>,
  experiment: Experiment,
  program: Program,
): Task {
  const description = describe(experiment);
  const fallback: Strategy = { kind: 'bounded', bound: description.preemptions };
  const strategy = request.strategy ?? fallback;
  const ifFit = request.kind !== 'search' && request.ifFit === true;
  return {
    experiment,
    program,
    description,
    strategy,
    budget: request.runs ?? description.runs,
    ifFit,
  };
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
  if (request.kind === 'share') return shareOf(request, evaluate, pause);
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
    const schedule = unpackChoices(request.choices);
    const chooser = new ToldReplay(withhold(m, schedule), pause);
    const run = runRecorded(m, program, chooser);
    const left = chooser.unused > 0 && chooser.divergedAt < 0 ? run.choices.length : -1;
    return {
      kind: 'replay',
      description,
      run: { ...recorded(m, run), choices: request.choices },
      divergedAt: chooser.divergedAt >= 0 ? chooser.divergedAt : left,
    };
  }
  if (request.kind === 'transfer') {
    const before = machineFor(e);
    const notes = new FaultNotes(withhold(before, unpackChoices(request.choices)));
    runOnce(before, experimentProgram(e, request.from), notes);
    const chooser = new AnchorChooser(segmentsOf(request.columns as RunTables), notes.answers);
    const m = machineFor(e, [chooser.counter]);
    const run = runRecorded(m, program, chooser);
    const { matched, missed } = chooser;
    return { kind: 'transfer', description, run: recorded(m, run), matched, missed };
  }
  if (request.kind === 'fork') {
    const m = machineFor(e);
    const run = fork(m, program, unpackChoices(request.choices), request.change);
    return { kind: 'fork', description, run: recorded(m, run), shared: run.shared };
  }
  const task = taskOf(request, e, program);
  switch (request.kind) {
    case 'parts':
      return cut(task, request, pause);
    case 'conclude':
      return told(task, joined(task, request.shares));
    default:
      return told(task, await wholeCampaign(task, request.stopAtFirst, pause));
  }
}

function told(task: Task, campaign: Campaign): RunnerReply {
  const { m, run, summary } = conclude(task, campaign);
  return { kind: 'search', ...summary, run: recorded(m, run) };
}

/** Every cell of an experiment, each told as soon as it is done. */
async function survey(
  experiment: Experiment,
  description: Description,
  budget: number,
  pause: Pause,
): Promise<void> {
  const strategy: Strategy = { kind: 'bounded', bound: description.preemptions };
  for (const cell of description.cells) {
    const program = experimentProgram(experiment, cell);
    const task = { experiment, program, description, strategy, budget, ifFit: false };
    const { run, summary } = conclude(task, await wholeCampaign(task, false, pause), false);
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
