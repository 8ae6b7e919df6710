// What passes between the lab and the confined process that executes a script.

import type {
  CellShape,
  ChangeShape,
  FindingShape,
  FoundShape,
  LogLine,
  RunColumns,
  StrategyShape,
} from '../../preload/contract/shapes';
import type { Part, SavedCampaign, Share, StatesNews } from '../engine/api';

/** Every request carries the compiled script. */
interface Common {
  readonly code: string;
  /** Name shown in error positions. */
  readonly name: string;
}

/** Argument of a process that others share a search with: it is they who end it. */
export const OF_POOL = 'of-pool';

/** A search that is done in steps, perhaps by several processes. */
interface OfCampaign {
  readonly cell: CellShape;
  readonly strategy: StrategyShape;
  /** Executions of this request at most. */
  readonly runs: number;
  /** It is one of several: nothing is done where it does not suit the experiment. */
  readonly ifFit?: boolean;
}

/** Between two slices: give back what has been done so far. */
export interface StopMessage {
  readonly kind: 'stop';
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
    /** Cut a search into parts, unless it is over before that is worth while. */
    | (OfCampaign & {
        readonly kind: 'parts';
        readonly wanted: number;
        /** Only this part of it, anew; null: all of it. */
        readonly part: Part | null;
        /** What parts that have to begin anew have learned; null the first time. */
        readonly lesson: unknown;
      })
    /** Do a part of a search (null: all of it), or go on with it. */
    | (OfCampaign & {
        readonly kind: 'share';
        readonly part: Part | null;
        readonly saved: SavedCampaign | null;
        /** Of a part of the states: what the process does not know yet of all of them. */
        readonly news?: StatesNews;
        /** Findings whose schedule need not be told. */
        readonly known?: readonly string[];
      })
    /** Put the shares together and tell what they came to. */
    | (OfCampaign & { readonly kind: 'conclude'; readonly shares: readonly Share[] })
    /** Every cell, one after the other, without keeping runs. */
    | { readonly kind: 'survey'; readonly runs?: number }
    | { readonly kind: 'replay'; readonly cell: CellShape; readonly choices: Uint32Array }
    | {
        readonly kind: 'transfer';
        readonly cell: CellShape;
        /** The run that is carried over: where it ran, and its choices. */
        readonly from: CellShape;
        readonly choices: Uint32Array;
        /** Its events: what is carried over are its switch points. */
        readonly columns: RunColumns;
      }
    /** A recorded run with one thing changed. */
    | {
        readonly kind: 'fork';
        readonly cell: CellShape;
        readonly choices: Uint32Array;
        readonly change: ChangeShape;
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
  /** Different traces and states; -1 where they are not told apart. */
  readonly traces: number;
  readonly states: number;
  readonly coverage: string;
  readonly found: readonly FoundShape[];
  readonly neverReached: readonly string[];
  readonly fired: readonly string[];
  /** Racing pairs of sites in a sample of the executions: seen in both orders, or in one. */
  readonly orders: {
    readonly executions: number;
    readonly bothWays: readonly string[];
    readonly oneWay: readonly string[];
  };
  /** The execution of the worst finding, or a quiet one. */
  readonly run: RecordedExecution;
}

/** Parts of a search; null when it is left whole. */
export interface PartsReply {
  readonly kind: 'parts';
  readonly parts: readonly Part[] | null;
  /** What has been done of the whole search before it was cut, or left whole. */
  readonly saved: SavedCampaign | null;
}

/** A share, done or stopped; null when it has shown that all of them have to begin anew. */
export interface ShareReply {
  readonly kind: 'share';
  readonly saved: SavedCampaign | null;
  /** What they have to know then. */
  readonly lesson?: unknown;
  /** States that a part of them has met: see `Stateful.met`. */
  readonly met?: Int32Array | null;
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

export interface ForkReply {
  readonly kind: 'fork';
  readonly description: Description;
  readonly run: RecordedExecution;
  /** Events shared with the run it comes from. */
  readonly shared: number;
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
  /** Identities of the findings so far, the worst first. */
  readonly found?: readonly string[];
}

/** How far a replay is. */
export interface Replayed {
  readonly kind: 'replayed';
  /** Choices that have been made, of those that are on record. */
  readonly done: number;
  readonly total: number;
}

export type RunnerReply =
  | { readonly kind: 'described'; readonly description: Description }
  | SearchReply
  | PartsReply
  | ShareReply
  | ReplayReply
  | TransferReply
  | ForkReply
  | Progress
  | Replayed
  | CellReply
  | { readonly kind: 'surveyed'; readonly description: Description }
  | { readonly kind: 'failed'; readonly message: string; readonly line: number };
