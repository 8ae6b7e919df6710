// The one contract between the lab's window and its main side, for both shells.
import type { RaceAsk, RaceReading, RaceShape } from './race';
import type {
  CellShape,
  CellVerdict,
  ChangedField,
  ChangeShape,
  ComparisonShape,
  FindingShape,
  FlowShape,
  GalleryEntry,
  InspectorState,
  IopfShape,
  KindShape,
  LedgerPair,
  LogLine,
  OpenChoices,
  OpinionShape,
  ProblemShape,
  StrategyShape,
  TrackShape,
  ViewColumns,
} from './shapes';

/** What the window learns first. */
export interface Hello {
  readonly version: string;
  readonly engine: string;
  readonly shell: 'browser' | 'electron';
  readonly variants: readonly { readonly tag: string; readonly title: string }[];
  readonly drivers: readonly string[];
  readonly kinds: readonly KindShape[];
  readonly gallery: readonly GalleryEntry[];
  /** `experiments/*.d.ts`, for the editor. */
  readonly typings: string;
  /** Scripts that were kept without a name, the newest first. */
  readonly scratches: readonly ScratchShape[];
  readonly settings: SettingsShape;
  readonly strategies: readonly string[];
  /** Saved bundles that were rebuilt from saves which were cut off, by file name. */
  readonly recovered: readonly string[];
}

/** What a script says about itself, or what is wrong with it. */
export interface CheckResult {
  readonly problem?: ProblemShape;
  readonly title: string;
  readonly story: string;
  readonly cells: readonly CellShape[];
  readonly expected: Readonly<Record<string, string>>;
}

/** A kept run in a list. */
export interface RunSummary {
  readonly id: string;
  readonly title: string;
  readonly cell: CellShape;
  readonly verdict: CellVerdict;
  readonly events: number;
  readonly origin: string;
  readonly fromBundle: boolean;
  /** Its script is one of those that ship with the lab: it may be replayed without asking. */
  readonly shipped: boolean;
  /** Run it was forked from or carried over from, or empty. */
  readonly parent: string;
  readonly strategy: StrategyShape;
  /** How long it took to be made, ms of wall clock; -1 for one that came in a bundle. */
  readonly tookMs: number;
}

/** Everything the window needs to draw a run. */
export interface RunView {
  readonly summary: RunSummary;
  readonly script: string;
  readonly columns: ViewColumns;
  readonly tracks: readonly TrackShape[];
  readonly findings: readonly FindingShape[];
  readonly log: readonly LogLine[];
  /** What came with its bundle; null for none. */
  readonly opinion: OpinionShape | null;
  /** Where the window begins, with what there is to see there; the arrows, which take longer, come with `look`. */
  readonly start: Omit<LookShape, 'flows'>;
}

export interface VerifyShape {
  readonly reproduced: boolean;
  readonly step: number;
  readonly sentence: string;
}

/** A file made for the user. */
export interface MadeFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** What goes into a shared bundle beside the claim and the verdict. */
export interface ShareParts {
  readonly evidence: boolean;
  readonly notes: boolean;
  readonly view: boolean;
}

/** What a bundle would hold. */
export interface SharePreview {
  readonly entries: readonly {
    readonly path: string;
    readonly bytes: number;
    readonly role: string;
  }[];
  /** Bytes of the file. */
  readonly total: number;
  readonly report: string;
  readonly token: string;
}

/** A script that is kept between sessions without having been named. */
export interface ScratchShape {
  readonly name: string;
  readonly text: string;
}

export interface SettingsShape {
  readonly theme: 'system' | 'dark' | 'light';
  readonly layout: 'write' | 'read' | 'compare';
  readonly grouping: 'task' | 'cpu' | 'object';
  readonly axis: 'step' | 'time';
  /** The guided first bug has been seen or dismissed. */
  readonly guided: boolean;
}

/** What a campaign is to do. */
export interface CampaignOrder {
  readonly script: string;
  readonly cells: readonly CellShape[];
  readonly strategy: StrategyShape;
  /** Each cell is searched once with each of these, where the strategy draws lots; else only once. */
  readonly seeds: readonly number[];
  /** Executions per cell and seed at most. */
  readonly runs: number;
  /** Go on with the search of this script and strategy that was stopped last, if there is one. */
  readonly resume: boolean;
}

/** How far one cell of a campaign is. */
export interface CampaignCell {
  readonly cell: CellShape;
  /** What its strategy draws lots with; -1 when it draws none. */
  readonly seed: number;
  readonly state: 'waiting' | 'running' | 'done';
  readonly executions: number;
  /** Different ones; not more than 0 where they are not told apart. */
  readonly traces: number;
  readonly states: number;
  /** A guess at the executions that are left; -1 for none. */
  readonly left: number;
  /** Identities of its findings. */
  readonly found: readonly string[];
  readonly verdict: CellVerdict | null;
  /** Kept run of its worst finding, or of a quiet one; empty before it is done. */
  readonly runId: string;
  readonly orders: {
    readonly executions: number;
    readonly bothWays: readonly string[];
    readonly oneWay: readonly string[];
  } | null;
}

/** A strategy as it is with each of the seeds; as it is, when it draws no lots. */
export function seeded(strategy: StrategyShape, seeds: readonly number[]): StrategyShape[] {
  return 'seed' in strategy ? seeds.map((seed) => ({ ...strategy, seed })) : [strategy];
}

/** What a strategy draws lots with; -1 when it draws none. */
export function seedOf(strategy: StrategyShape): number {
  return 'seed' in strategy ? strategy.seed : -1;
}

/** A cell that has not been begun. How long a search takes that ends by itself, nobody knows. */
export function waitingCell(cell: CellShape, strategy: StrategyShape, runs: number): CampaignCell {
  return {
    cell,
    seed: seedOf(strategy),
    state: 'waiting',
    executions: 0,
    traces: 0,
    states: 0,
    left: 'seed' in strategy && strategy.kind !== 'auto' ? runs : -1,
    found: [],
    verdict: null,
    runId: '',
    orders: null,
  };
}

/** What a line of the debugger did. */
export interface DebugReply {
  readonly lines: readonly string[];
  /** The run it looks at now, when it is another one. */
  readonly run: RunSummary | null;
  readonly step: number;
}

/** What there is to see at a step. */
export interface LookShape {
  readonly state: InspectorState;
  readonly choices: OpenChoices;
  /** Arrows that begin or end at the step. */
  readonly flows: readonly FlowShape[];
}

/** Calls the window makes. Failures reject with one sentence. */
export interface LabCalls {
  hello(): Promise<Hello>;
  check(script: string): Promise<CheckResult>;
  /** Search one cell; progress comes as events named by `job`. */
  run(
    job: string,
    script: string,
    cell: CellShape,
    strategy: StrategyShape | null,
    stopAtFirst: boolean,
  ): Promise<RunSummary>;
  cancel(job: string): Promise<void>;
  /** Search many cells on all cores; cancelling stops it with what has been done. */
  explore(job: string, order: CampaignOrder): Promise<readonly CampaignCell[]>;
  /** Is there a stopped search of this script, strategy and one of these seeds to go on with? */
  resumable(script: string, strategy: StrategyShape, seeds: readonly number[]): Promise<boolean>;
  /** The same schedule on another variant. */
  runOn(job: string, runId: string, variant: string): Promise<RunSummary>;
  /** The same run with one thing changed. */
  fork(job: string, runId: string, change: ChangeShape): Promise<RunSummary>;
  /** @param step where to begin; null for the first finding, or the end */
  view(runId: string, step: number | null): Promise<RunView>;
  /** State of everything after a step, and what could have happened next. */
  look(runId: string, step: number): Promise<LookShape>;
  /** Causes (-1) or effects (1) of a step, the most telling first. */
  links(runId: string, step: number, direction: number): Promise<readonly FlowShape[]>;
  /** By event: 0 concurrent with the step, 1 before it, 2 after it, 3 the step itself. */
  cone(runId: string, step: number): Promise<Uint8Array>;
  difference(runId: string, a: number, b: number): Promise<readonly ChangedField[]>;
  ledger(runId: string, step: number): Promise<readonly LedgerPair[]>;
  iopf(runId: string, step: number): Promise<IopfShape>;
  compare(a: string, b: string): Promise<ComparisonShape>;
  /** What a bundle of the run would hold. */
  sharing(runId: string, opinion: OpinionShape, parts: ShareParts): Promise<SharePreview>;
  save(job: string, runId: string, opinion: OpinionShape, parts: ShareParts): Promise<MadeFile>;
  open(bytes: Uint8Array): Promise<RunSummary>;
  openRecent(name: string): Promise<RunSummary>;
  /**
   * Leave a bundle, or one saved earlier by its name, for a window of its own.
   * @param key names it: a random UUID
   * @returns the id that its run will have
   * @throws as `open` does
   */
  park(key: string, bundle: Uint8Array | string): Promise<string>;
  /** Open the bundle that was left under a key, once. */
  openParked(key: string): Promise<RunSummary>;
  recent(): Promise<string[]>;
  /** Replays the run's claim in the confined process: only after the user agreed. */
  verify(job: string, runId: string): Promise<VerifyShape>;
  export(job: string, runId: string, name: string): Promise<MadeFile>;
  /** A race diagram as it is asked for, and what else could be in it. */
  race(runId: string, ask: RaceAsk): Promise<RaceShape>;
  /** Which steps of the run a race diagram shows. */
  readRace(runId: string, text: string): Promise<RaceReading>;
  /** Source text of a model file such as `engine/kernel/io-pgfault.ts`. */
  source(file: string): Promise<string>;
  /** The script with a model function put in as a patch of its own. */
  patch(script: string, file: string, fn: string): Promise<string>;
  autosave(name: string, script: string): Promise<void>;
  /** Forget a kept scratch. */
  discard(name: string): Promise<void>;
  saveSettings(settings: SettingsShape): Promise<void>;
  /** A line for the debugger, which stands at this step of this run (empty: none). */
  debug(job: string, line: string, runId: string, step: number): Promise<DebugReply>;
  /** What the last word of a debugger's line may become. */
  complete(line: string, runId: string, step: number): Promise<readonly string[]>;
}

/** Events the window hears. */
export interface LabEvents {
  progress(job: string, executions: number, findings: number): void;
  /** How much of a file is made. */
  making(job: string, done: number, total: number): void;
  campaign(job: string, cells: readonly CampaignCell[]): void;
  /** A bundle is being opened: what its manifest says, before its tables are read. */
  opening(title: string, verdictLine: string): void;
  /** A bundle of a later format was refused; this is its report. */
  report(text: string): void;
}
