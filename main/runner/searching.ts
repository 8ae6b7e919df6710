// Searches of one cell: a campaign from start to end, or the share of it that one process does.
import {
  allCheckers,
  allInvariants,
  Campaign,
  coverageText,
  DEFAULT_MAX_STEPS,
  type Explained,
  type FoundFinding,
  isSampled,
  Machine,
  type Part,
  type Program,
  partsOf,
  ReplayChooser,
  runRecorded,
  type SavedCampaign,
  Scout,
  type Share,
  StartAgain,
  type StepExchange,
  type Strategy,
  steadyChooser,
  TooManyTasks,
  unfit,
} from '../engine/api';
import type { Experiment } from './lab-api';
import type {
  Description,
  PartsReply,
  Progress,
  RunnerReply,
  ScoutedReply,
  ShareReply,
} from './protocol';

/** Called between slices; lets progress out and other messages in. False: stop here. */
export type Pause = (progress: RunnerReply) => Promise<boolean>;

/** Those who search the same states. */
export interface Others {
  /** Does anybody help? */
  areThere(): boolean;
  /**
   * Tell them what steps lead to, and hear what they tell; now and then is enough. False: stop here.
   * @param isIdle there is nothing to do before others tell something
   */
  trade(x: StepExchange, isIdle: boolean): Promise<boolean>;
}

/** Findings of a campaign that are shrunk and explained. */
const EXPLAINED = 8;
/** Executions between two looks at the outside. */
const SLICE = 50;
/** A search that is over after so many executions is not worth cutting. */
const SMALL = 400;

/** What is searched, and how. */
export interface Task {
  readonly experiment: Experiment;
  readonly program: Program;
  readonly description: Description;
  readonly strategy: Strategy;
  /** Executions at most. */
  readonly budget: number;
  /** Nothing is done where the strategy does not suit the experiment; otherwise that is an error. */
  readonly ifFit: boolean;
}

/** The machine that an experiment asks for. */
export function machineFor(
  e: Experiment,
  extra: ConstructorParameters<typeof Machine>[1] = [],
): Machine {
  return new Machine(
    { timed: e.options.timed ?? false, maxSteps: e.options.maxSteps ?? DEFAULT_MAX_STEPS },
    [...allCheckers(e.options.kcsan ?? false), ...allInvariants(), ...extra],
  );
}

function optionsOf(task: Task, budget: number, part: Part | null = null, stopAtFirst = false) {
  const { experiment, description, strategy } = task;
  // Samples are told apart where the question is what a search has covered.
  const counting = strategy.kind !== 'bounded';
  return {
    strategy,
    budget,
    stopAtFirst,
    reach: description.reach,
    countTraces: counting,
    countOrders: counting,
    opaque: experiment.sharesState,
    part,
  };
}

function progressOf(c: Campaign): Progress {
  const { executions, found, left, coverage } = c;
  const { traces, states } = coverage;
  const identities = c.findings().map((f) => f.finding.identity);
  return {
    kind: 'progress',
    executions,
    findings: found.size,
    left,
    traces,
    states,
    found: identities,
  };
}

/** @returns false when it was stopped */
async function advance(c: Campaign, pause: Pause, others: Others | null = null): Promise<boolean> {
  let x: StepExchange | null = null;
  while (!c.slice(SLICE)) {
    if (!(await pause(progressOf(c)))) return false;
    if (others === null) continue;
    if (x === null && others.areThere()) x = c.share();
    if (x !== null && !(await others.trade(x, false))) return false;
  }
  return true;
}

/** Run a campaign to its end. */
export async function wholeCampaign(
  task: Task,
  stopAtFirst: boolean,
  pause: Pause,
): Promise<Campaign> {
  const { experiment, program, budget } = task;
  const c = new Campaign(
    machineFor(experiment),
    program,
    optionsOf(task, budget, null, stopAtFirst),
  );
  await advance(c, pause);
  return c;
}

/**
 * Cut a search into parts; or do it, when it is small. Neither, when it is better left whole.
 * None at all, where the strategy does not suit an experiment and need not.
 * @param lesson what the parts have to know, if some have been begun without; null the first time
 */
export async function cut(
  task: Task,
  wanted: number,
  lesson: unknown,
  pause: Pause,
): Promise<PartsReply> {
  const { ifFit, experiment, strategy } = task;
  if (ifFit && unfit(machineFor(experiment), strategy.kind) !== '') return NO_PARTS;
  try {
    return await cutFit(task, wanted, lesson, pause);
  } catch (e) {
    if (ifFit && e instanceof TooManyTasks) return NO_PARTS;
    throw e;
  }
}

const NO_PARTS: PartsReply = { kind: 'parts', parts: [], saved: null };

async function cutFit(
  task: Task,
  wanted: number,
  lesson: unknown,
  pause: Pause,
): Promise<PartsReply> {
  const { experiment, program, strategy, budget } = task;
  const options = optionsOf(task, budget);
  if (isSampled(strategy) || strategy.kind === 'stateful' || lesson !== null) {
    const parts = partsOf(machineFor(experiment), program, options, wanted, lesson);
    return { kind: 'parts', parts, saved: null };
  }
  const small = Math.min(SMALL, budget);
  const c = new Campaign(machineFor(experiment), program, optionsOf(task, small));
  const goesOn = await advance(c, pause);
  const saved = c.save();
  const isDone = saved.over || small === budget;
  if (isDone || !goesOn) return { kind: 'parts', parts: null, saved };
  const parts = partsOf(machineFor(experiment), program, options, wanted, saved.search);
  return { kind: 'parts', parts, saved };
}

/** Do a part of a search, or go on with it, up to the budget or until told to stop. */
export async function share(
  task: Task,
  machine: Machine,
  part: Part | null,
  saved: SavedCampaign | null,
  pause: Pause,
  others: Others | null,
): Promise<ShareReply> {
  const { program, budget } = task;
  const c = new Campaign(machine, program, optionsOf(task, budget, part));
  if (saved !== null) c.load(saved);
  try {
    await advance(c, pause, isSeen(program) ? others : null);
  } catch (e) {
    if (e instanceof StartAgain) return { kind: 'share', saved: null, lesson: e.lesson };
    if (!task.ifFit || !(e instanceof TooManyTasks)) throw e;
    return { kind: 'share', saved: { ...c.save(), over: true } };
  }
  return { kind: 'share', saved: c.save() };
}

/** What states lead to is the same for all who search them: the program keeps nothing that a state does not show. */
function isSeen(program: Program): boolean {
  return program.keepsNothing === true;
}

/** Help those who search the states of a cell, until told to stop. @param turn which of several scouts */
export async function scout(
  { program, strategy, description }: Task,
  machine: Machine,
  turn: number,
  pause: Pause,
  others: Others,
): Promise<ScoutedReply> {
  if (unfit(machine, strategy.kind) !== '' || !isSeen(program)) return SCOUTED;
  const s = new Scout(turn, description.reach);
  try {
    for (;;) {
      let goesOn = true;
      for (let i = 0; i < SLICE && goesOn; i++) goesOn = s.advance(machine, program);
      const isWanted = await pause({ kind: 'progress', executions: 0, findings: 0 });
      if (!isWanted || !(await others.trade(s.steps, !goesOn)))
        return { ...SCOUTED, stopped: true };
    }
  } catch (e) {
    if (e instanceof TooManyTasks) return SCOUTED;
    throw e;
  }
}

const SCOUTED: ScoutedReply = { kind: 'scouted', stopped: false };

/** The campaign that the shares of several processes make up. */
export function joined(task: Task, shares: readonly Share[]): Campaign {
  const { experiment, program, budget } = task;
  const c = new Campaign(machineFor(experiment), program, optionsOf(task, budget));
  c.join(shares);
  return c;
}

/** Tell what a campaign has come to, with the run of the worst finding. */
export function conclude(task: Task, campaign: Campaign, explains = true) {
  const { experiment, program, description, strategy } = task;
  const explained = explains ? campaign.explained(EXPLAINED) : [];
  const known = new Map(explained.map((e) => [e.finding.identity, e]));
  const found: (FoundFinding & Partial<Explained>)[] = campaign
    .findings()
    .map((f) => known.get(f.finding.identity) ?? f);
  const worst = found[0];
  const chooser = worst === undefined ? steadyChooser : new ReplayChooser(worst.choices);
  const m = machineFor(experiment);
  const run = runRecorded(m, program, chooser);
  const { coverage } = campaign;
  return {
    m,
    run,
    summary: {
      description,
      strategy,
      executions: campaign.executions,
      exhausted: coverage.exhausted,
      traces: coverage.traces,
      states: coverage.states,
      coverage: coverageText(strategy, coverage),
      found: found.map(({ choices: _choices, ...shown }) => shown),
      orders: campaign.orderCoverage(),
      neverReached: campaign.neverReached(),
      fired: [...campaign.fired],
    },
  };
}
