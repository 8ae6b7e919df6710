// The one contract between the lab's window and its main side, for both shells.
import type {
  CellShape,
  CellVerdict,
  FindingShape,
  GalleryEntry,
  InspectorState,
  KindShape,
  LogLine,
  ProblemShape,
  RunColumns,
  StrategyShape,
  TimelineShape,
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
  /** `experiments/faultline.d.ts`, for the editor. */
  readonly typings: string;
  /** The autosaved scratch, or empty. */
  readonly scratch: string;
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
}

/** Everything the window needs to draw a run. */
export interface RunView {
  readonly summary: RunSummary;
  readonly script: string;
  readonly columns: RunColumns;
  readonly timeline: TimelineShape;
  readonly findings: readonly FindingShape[];
  readonly log: readonly LogLine[];
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
  ): Promise<RunSummary>;
  cancel(job: string): Promise<void>;
  /** The same schedule on another variant. */
  runOn(job: string, runId: string, variant: string): Promise<RunSummary>;
  view(runId: string): Promise<RunView>;
  inspect(runId: string, step: number): Promise<InspectorState>;
  /** The step that caused (-1) or follows from (1) a step; 0 for none. */
  follow(runId: string, step: number, direction: number): Promise<number>;
  save(runId: string): Promise<MadeFile>;
  open(bytes: Uint8Array): Promise<RunSummary>;
  openRecent(name: string): Promise<RunSummary>;
  recent(): Promise<string[]>;
  /** Replays the run's claim in the confined process: only after the user agreed. */
  verify(job: string, runId: string): Promise<VerifyShape>;
  export(runId: string, name: string): Promise<MadeFile>;
  /** Source text of a model file such as `engine/kernel/io-pgfault.ts`. */
  source(file: string): Promise<string>;
  autosave(script: string): Promise<void>;
}

/** Events the window hears. */
export interface LabEvents {
  progress(job: string, executions: number, findings: number): void;
}
