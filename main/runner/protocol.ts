// What passes between the lab and the confined process that executes a script.
import type {
  CellShape,
  FindingShape,
  FoundShape,
  LogLine,
  RunColumns,
  StrategyShape,
} from '../../preload/contract/shapes';

/** Every request carries the compiled script. */
interface Common {
  readonly code: string;
  /** Name shown in error positions. */
  readonly name: string;
}

export type RunnerRequest = Common &
  (
    | { readonly kind: 'describe' }
    | {
        readonly kind: 'search';
        readonly cell: CellShape;
        /** Undefined: what the script asks for. */
        readonly strategy?: StrategyShape;
        readonly runs?: number;
        readonly stopAtFirst: boolean;
      }
    /** Every cell, one after the other, without keeping runs. */
    | { readonly kind: 'survey'; readonly runs?: number }
    | { readonly kind: 'replay'; readonly cell: CellShape; readonly choices: Uint32Array }
    | {
        readonly kind: 'transfer';
        readonly cell: CellShape;
        readonly columns: RunColumns;
      }
  );

/** What a script says about itself. */
export interface Description {
  readonly title: string;
  readonly story: string;
  readonly cells: readonly CellShape[];
  readonly expected: Readonly<Record<string, string>>;
  readonly preemptions: number;
  readonly runs: number;
  /** Marks that some run must pass for a verdict to mean anything. */
  readonly reach: readonly string[];
  /** Bug zoo: number, sort of evidence, cells where the specification says otherwise. */
  readonly bug: string;
  readonly marking: string;
  readonly disputed: Readonly<Record<string, string>>;
}

/** One recorded execution. */
export interface RecordedExecution {
  readonly columns: RunColumns;
  readonly choices: Uint32Array;
  readonly findings: readonly FindingShape[];
  readonly log: readonly LogLine[];
  readonly outcome: string;
}

export interface SearchReply {
  readonly kind: 'search';
  readonly description: Description;
  readonly strategy: StrategyShape;
  readonly executions: number;
  readonly exhausted: boolean;
  readonly coverage: string;
  readonly found: readonly FoundShape[];
  readonly neverReached: readonly string[];
  readonly fired: readonly string[];
  /** Racing pairs of sites in a sample of the executions: seen in both orders, or in one. */
  readonly orders: {
    readonly executions: number;
    readonly both: number;
    readonly oneWay: readonly string[];
  };
  /** The execution of the worst finding, or a quiet one. */
  readonly run: RecordedExecution;
}

/** One cell of a survey. */
export interface CellReply extends Omit<SearchReply, 'kind' | 'run'> {
  readonly kind: 'cell';
  readonly cell: CellShape;
  /** Chain hash of the run of the worst finding, or of a quiet one. */
  readonly chain: string;
}

export interface ReplayReply {
  readonly kind: 'replay';
  readonly description: Description;
  readonly run: RecordedExecution;
  /** Decision that did not fit, or -1. */
  readonly divergedAt: number;
}

export interface TransferReply {
  readonly kind: 'transfer';
  readonly description: Description;
  readonly run: RecordedExecution;
  readonly matched: number;
  readonly missed: number;
}

export interface Progress {
  readonly kind: 'progress';
  readonly executions: number;
  readonly findings: number;
  /** A guess at the executions that are left; -1 when there is none. */
  readonly left?: number;
  /** Different traces or states so far; -1 when they are not told apart. */
  readonly traces?: number;
  readonly states?: number;
}

export type RunnerReply =
  | { readonly kind: 'described'; readonly description: Description }
  | SearchReply
  | ReplayReply
  | TransferReply
  | Progress
  | CellReply
  | { readonly kind: 'surveyed'; readonly description: Description }
  | { readonly kind: 'failed'; readonly message: string; readonly line: number };
