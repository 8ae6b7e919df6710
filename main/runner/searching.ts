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
  type Share,
  StartAgain,
  StateSet,
  type StatesNews,
  type Strategy,
  steadyChooser,
  TooManyTasks,
  unfit,
} from '../engine/api';
import type { Experiment } from './lab-api';
import type { Description, PartsReply, Progress, RunnerReply, ShareReply } from './protocol';

/** Called between slices; lets progress out and other messages in. False: stop here. */
export type Pause = (progress: RunnerReply) => Promise<boolean>;

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
async function advance(c: Campaign, pause: Pause): Promise<boolean> {
  while (!c.slice(SLICE)) if (!(await pause(progressOf(c)))) return false;
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

/** How a search is to be cut. */
export interface Cut {
  /** Parts at least. */
  readonly wanted: number;
  /** Only this part of it, which has not been begun; null: all of it. */
  readonly part: Part | null;
  /** What the parts have to know, if some have been begun without; null the first time. */
  readonly lesson: unknown;
}

/**
 * Cut a search into parts; or do it, when it is small. Neither, when it is better left whole.
 * None at all, where the strategy does not suit an experiment and need not.
 */
export async function cut(task: Task, how: Cut, pause: Pause): Promise<PartsReply> {
  const { ifFit, experiment, strategy } = task;
  if (ifFit && unfit(machineFor(experiment), strategy.kind) !== '') return NO_PARTS;
  try {
    return await cutFit(task, how, pause);
  } catch (e) {
    if (ifFit && e instanceof TooManyTasks) return NO_PARTS;
    throw e;
  }
}

const NO_PARTS: PartsReply = { kind: 'parts', parts: [], saved: null };

async function cutFit(
  task: Task,
  { wanted, part, lesson }: Cut,
  pause: Pause,
): Promise<PartsReply> {
  const { experiment, program, strategy, budget } = task;
  const options = optionsOf(task, budget, part);
  const isKnown = isSampled(strategy) || strategy.kind === 'stateful';
  if (isKnown || part !== null || lesson !== null) {
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

/** What of a search this process is to do. */
export interface PartOf {
  readonly part: Part | null;
  readonly saved: SavedCampaign | null;
  readonly news?: StatesNews;
  readonly known?: readonly string[];
}

/** What this process knows of the states that it searches with others: all that was known at a moment. */
const states = { moment: 0, set: new StateSet() };

/** Hear what others have met. */
function hear({ from, to, triples }: StatesNews): StateSet {
  if (from === 0) states.set = new StateSet();
  else if (from !== states.moment) throw new Error(`news since ${from}, not ${states.moment}`);
  for (const t of triples) states.set.putAll(t);
  states.moment = to;
  return states.set;
}

/** Do a part of a search, or go on with it, up to the budget or until told to stop. */
export async function share(
  task: Task,
  machine: Machine,
  { part, saved, news, known }: PartOf,
  pause: Pause,
): Promise<ShareReply> {
  const { program, budget } = task;
  const options = optionsOf(task, budget, part);
  const met = news === undefined ? null : hear(news);
  const c = new Campaign(machine, program, { ...options, states: met, known: known ?? [] });
  if (saved !== null) c.load(saved);
  try {
    await advance(c, pause);
  } catch (e) {
    if (e instanceof StartAgain) {
      return { kind: 'share', saved: part?.kind === 'states' ? c.save() : null, lesson: e.lesson };
    }
    if (!task.ifFit || !(e instanceof TooManyTasks)) throw e;
    return { kind: 'share', saved: { ...c.save(), over: true } };
  }
  return { kind: 'share', saved: c.save(), met: part?.kind === 'states' ? c.met() : null };
}

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
