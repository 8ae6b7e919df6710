// The verbs of running, for every front end: describe a script, search a cell, carry a schedule to
// another variant, replay a claim. Each compiles the script and hands it to the confined process.

import { SCRIPT_BYTES } from '../../preload/contract/limits';
import type { CellShape, ChangeShape, KeptRun, StrategyShape } from '../../preload/contract/shapes';
import { sha256 } from '../bundle/digests';
import { compareRuns, type VerifyResult } from '../bundle/verify';
import { ENGINE } from '../engine-identity';
import { AutoExplorer } from './auto-exploring';
import { CellExplorer, type CellProgress, type CellSearch, type Order } from './exploring';
import { Pool } from './pool';
import type { CellReply, Description, RecordedExecution, SearchReply } from './protocol';
import { Confinement, type RunnerOptions } from './runner-host';
import { ScriptError } from './script-error';
import type { SavedSearch } from './search-file';
import { verdictOf } from './verdict';

/** Name of the script in stack frames. */
const SCRIPT_NAME = 'experiment.ts';

/** What `Jobs.explore` is to do. */
export interface ExploreOrder {
  readonly cells: readonly CellShape[];
  readonly strategy: StrategyShape;
  /** Executions at most, per cell. */
  readonly runs: number;
  /** Processes at most. */
  readonly cores: number;
  /** A search that was stopped; its cells are gone on with. */
  readonly from: SavedSearch | null;
  /** Told now and then how far the i-th cell is. */
  readonly onProgress: (i: number, p: CellProgress) => void;
  /** Told of each cell as soon as it is done or stopped. */
  readonly onCell: (i: number, run: KeptRun, reply: SearchReply) => void;
}

/** A search on several cores. */
export interface Exploration {
  /** Runs of the cells; null for those that were not begun. */
  readonly done: Promise<(KeptRun | null)[]>;
  stop(): void;
  /** The search so far, to be written to a file when `done` is over. */
  kept(): SavedSearch;
}

/** Starts confined processes from one built entry. */
export class Jobs {
  private readonly confinement: Confinement;

  /** @param forWindow somebody waits at a window: a process is kept ready, and long searches give way */
  constructor(
    private readonly runnerEntry: string,
    private readonly forWindow = false,
  ) {
    this.confinement = new Confinement(runnerEntry, forWindow);
  }

  /** Load the compiler beforehand: for who has time now, and a script soon. */
  async prepare(): Promise<void> {
    await import('./compile');
  }

  /** The compiler is loaded when there is something to compile: it is 4 MB. */
  private async compile(script: string): Promise<{ code: string; name: string }> {
    if (script.length > SCRIPT_BYTES) {
      throw new ScriptError({ message: 'the script is larger than 1 MB', line: 1, column: 1 });
    }
    const { compileScript } = await import('./compile');
    return { code: compileScript(script), name: SCRIPT_NAME };
  }

  /**
   * What a script says about itself.
   * @throws ScriptError or RunFailed with the script's line
   */
  async describe(script: string, options: RunnerOptions = {}): Promise<Description> {
    const request = { kind: 'describe' as const, ...(await this.compile(script)) };
    const reply = await this.confinement.run(request, options);
    if (reply.kind !== 'described') throw new Error(`unexpected reply ${reply.kind}`);
    return reply.description;
  }

  /** Search one cell and keep the execution that matters. */
  async search(
    script: string,
    cell: CellShape,
    strategy: StrategyShape | null,
    options: RunnerOptions & { runs?: number; stopAtFirst?: boolean } = {},
  ): Promise<KeptRun> {
    const reply = await this.confinement.run(
      {
        kind: 'search',
        ...(await this.compile(script)),
        cell,
        ...(strategy === null ? {} : { strategy }),
        ...(options.runs === undefined ? {} : { runs: options.runs }),
        stopAtFirst: options.stopAtFirst ?? false,
      },
      options,
    );
    if (reply.kind !== 'search') throw new Error(`unexpected reply ${reply.kind}`);
    const verdict = verdictOf(cell, reply);
    const { title } = reply.description;
    return keep(script, title, cell, reply.strategy, verdict, reply.run, '');
  }

  /**
   * Search cells on several cores. Goes on with `from`, and can be stopped: then what has been done so
   * far is told all the same, and is in what `kept` returns.
   */
  explore(script: string, order: ExploreOrder): Exploration {
    const { cells, strategy, runs, cores, from } = order;
    const pool = new Pool(this.runnerEntry, cores, this.forWindow);
    pool.prepare();
    const searches: CellSearch[] = cells.map((cell) => {
      const known = from?.cells.find(
        (c) => c.cell.variant === cell.variant && c.cell.driver === cell.driver,
      );
      return known ?? { cell, parts: [], shares: [] };
    });
    const one = async (common: Order, search: CellSearch, i: number): Promise<KeptRun | null> => {
      const told = (p: CellProgress): void => order.onProgress(i, p);
      const explorer =
        strategy.kind === 'auto'
          ? new AutoExplorer(pool, { ...common, strategy }, search, told)
          : new CellExplorer(pool, common, search, told);
      const reply = await explorer.run();
      if (reply === null) return null;
      const { cell } = search;
      const { title } = reply.description;
      const run = keep(script, title, cell, strategy, verdictOf(cell, reply), reply.run, '');
      order.onCell(i, run, reply);
      return run;
    };
    const all = async (): Promise<(KeptRun | null)[]> => {
      const common = { ...(await this.compile(script)), strategy, runs };
      return Promise.all(searches.map((search, i) => one(common, search, i)));
    };
    const done = all().finally(() => pool.close());
    return {
      done,
      stop: () => pool.stop(),
      kept: () => ({ strategy, runs, cells: searches }),
    };
  }

  /**
   * Every cell of an experiment in one process, without keeping runs.
   * @param onCell told of each cell as soon as it is done
   */
  async survey(
    script: string,
    onCell: (c: CellReply) => void,
    options: RunnerOptions & { runs?: number } = {},
  ): Promise<Description> {
    const { runs } = options;
    const request = { kind: 'survey' as const, ...(await this.compile(script)) };
    const asked = runs === undefined ? request : { ...request, runs };
    const reply = await this.confinement.run(asked, { ...options, onCell });
    if (reply.kind !== 'surveyed') throw new Error(`unexpected reply ${reply.kind}`);
    return reply.description;
  }

  /** The schedule of `run` on another variant. */
  async transfer(run: KeptRun, variant: string, options: RunnerOptions = {}): Promise<KeptRun> {
    const cell = { variant, driver: run.cell.driver };
    const schedule = { choices: run.choices, columns: run.columns };
    const reply = await this.confinement.run(
      { kind: 'transfer', ...(await this.compile(run.script)), cell, from: run.cell, ...schedule },
      options,
    );
    if (reply.kind !== 'transfer') throw new Error(`unexpected reply ${reply.kind}`);
    const { matched, missed } = reply;
    const points = `${matched} of ${matched + missed} switch points met`;
    const quiet = `${variant} survives this schedule (${points}); nothing else was tried`;
    const verdict = oneRun(cell, reply.run, quiet, `one schedule, taken from ${run.cell.variant}`);
    const origin = `the schedule of ${run.cell.variant} on ${variant}: ${points}`;
    return keep(run.script, run.title, cell, run.strategy, verdict, reply.run, origin);
  }

  /**
   * A run with one thing changed, as a run of its own. Executes the run's script.
   * @throws RunFailed when the choice is not open there
   */
  async fork(run: KeptRun, change: ChangeShape, options: RunnerOptions = {}): Promise<KeptRun> {
    const { cell, choices } = run;
    const reply = await this.confinement.run(
      { kind: 'fork', ...(await this.compile(run.script)), cell, choices, change },
      options,
    );
    if (reply.kind !== 'fork') throw new Error(`unexpected reply ${reply.kind}`);
    const what = changeText(run, change);
    const quiet = `nothing breaks when ${what}; nothing else was tried`;
    const verdict = oneRun(cell, reply.run, quiet, `one schedule: ${what}`);
    const origin = `forked from ${run.id} at #${reply.shared}: ${what}`;
    return keep(run.script, run.title, cell, run.strategy, verdict, reply.run, origin);
  }

  /** Replay a claim and compare. Executes the run's script: ask first. */
  async verify(
    run: KeptRun,
    options: RunnerOptions = {},
  ): Promise<VerifyResult & { run: KeptRun }> {
    const reply = await this.confinement.run(
      { kind: 'replay', ...(await this.compile(run.script)), cell: run.cell, choices: run.choices },
      options,
    );
    if (reply.kind !== 'replay') throw new Error(`unexpected reply ${reply.kind}`);
    const result = compareRuns(run, reply.run.columns, reply.divergedAt, ENGINE);
    const { columns, findings, log } = reply.run;
    return { ...result, run: { ...run, columns, findings, log } };
  }
}

function keep(
  script: string,
  title: string,
  cell: CellShape,
  strategy: StrategyShape,
  verdict: KeptRun['verdict'],
  run: RecordedExecution,
  origin: string,
): KeptRun {
  const { columns, choices, findings, log } = run;
  const identity = `${script}\n${cell.variant} ${cell.driver} ${columns.chain.at(-1)} ${origin}`;
  return {
    id: sha256(identity).slice(0, 12),
    title,
    script,
    cell,
    strategy,
    verdict,
    findings: rank(findings),
    columns,
    log,
    choices,
    engine: ENGINE,
    origin,
  };
}

/** The verdict on a single schedule. */
function oneRun(
  cell: CellShape,
  { findings }: RecordedExecution,
  quiet: string,
  coverage: string,
): KeptRun['verdict'] {
  const worst = rank(findings)[0];
  return {
    cell,
    verdict: worst ? 'fails' : 'holds',
    sentence: worst ? `${worst.message} (#${worst.step})` : quiet,
    coverage,
    executions: 1,
    found: findings.map((finding) => ({ finding, firstAt: 1, count: 1, preemptions: -1 })),
    neverReached: [],
    fired: [],
    expected: '',
  };
}

/** What a change does, in words. */
function changeText(run: KeptRun, change: ChangeShape): string {
  if (change.kind === 'no-fault') return `the fault of #${change.step} does not fire`;
  const name = run.columns.tasks[change.task]?.name ?? `task ${change.task}`;
  const then = change.keeps ? '' : ', and goes on as long as it can';
  return `${name} runs after #${change.step}${then}`;
}

/** The fatal finding first: it is what the run is about. */
function rank(findings: KeptRun['findings']): KeptRun['findings'] {
  return [...findings].sort(
    (a, b) => Number(b.severity === 'fatal') - Number(a.severity === 'fatal'),
  );
}
