// The shapes that cross between the lab's main side and its window, and that bundles carry. This
// folder imports nothing.

/** Whole numbers from 0, as wide as they need to be. */
export type IndexColumn = Uint8Array | Uint16Array | Uint32Array;
/** Numbers of any kind. */
export type NumberColumn = IndexColumn | Float64Array;

/** A recorded run as columns; row i is the op performed at step i + 1. */
export interface RunColumns {
  readonly events: number;
  readonly time: Float64Array;
  readonly task: IndexColumn;
  readonly kind: IndexColumn;
  /** Index into `things` + 1; 0 for none. */
  readonly thing: IndexColumn;
  /** Indices into `strings`. */
  readonly field: IndexColumn;
  readonly value: IndexColumn;
  readonly result: IndexColumn;
  /** Index into `stacks`. */
  readonly stack: IndexColumn;
  readonly scriptLine: IndexColumn;
  /** Bit mask of the tasks that could have run. */
  readonly open: IndexColumn;
  /** Deltas of row i are entries deltaStart[i] … deltaStart[i+1]-1. */
  readonly deltaStart: Uint32Array;
  readonly deltaThing: IndexColumn;
  readonly deltaField: IndexColumn;
  readonly deltaOld: IndexColumn;
  readonly deltaNew: IndexColumn;
  readonly strings: readonly string[];
  readonly things: readonly ThingShape[];
  readonly tasks: readonly TaskShape[];
  /** Each stack: pairs (function id, line), innermost last. */
  readonly stacks: readonly (readonly number[])[];
  readonly functions: readonly FunctionShape[];
  /** Chain hash after every 4,096 events and after the last one. */
  readonly chain: readonly string[];
}

/** The columns that are drawn; state, choices and hashes stay with the lab. */
export type ViewColumns = Omit<
  RunColumns,
  'time' | 'open' | 'chain' | 'deltaStart' | 'deltaThing' | 'deltaField' | 'deltaOld' | 'deltaNew'
> & { readonly time: NumberColumn };

export interface ThingShape {
  readonly name: string;
  readonly kind: string;
  readonly container: string;
}

export interface TaskShape {
  readonly name: string;
  readonly context: string;
  readonly daemon: boolean;
  readonly bornAt: number;
}

export interface FunctionShape {
  readonly id: number;
  readonly name: string;
  readonly file: string;
  readonly upstream: string;
  readonly deviates: string;
  readonly script: boolean;
}

/** An op kind, as the vocabulary lists it. */
export interface KindShape {
  readonly id: number;
  readonly name: string;
  readonly family: string;
  readonly access: string;
  readonly text: string;
}

export interface RelatedStepShape {
  readonly label: string;
  readonly step: number;
}

export interface FindingShape {
  readonly checker: string;
  readonly severity: 'fatal' | 'warning';
  readonly title: string;
  readonly message: string;
  readonly step: number;
  readonly task: string;
  readonly where: string;
  readonly object: string;
  readonly related: readonly RelatedStepShape[];
  readonly details: readonly string[];
  readonly identity: string;
}

export interface LogLine {
  readonly step: number;
  readonly level: string;
  readonly text: string;
}

/** One cell of an experiment's matrix. */
export interface CellShape {
  readonly variant: string;
  readonly driver: string;
}

/** How to search. */
export type StrategyShape =
  | { readonly kind: 'auto'; readonly seed: number; readonly bound: number }
  | { readonly kind: 'random' | 'urw' | 'pos'; readonly seed: number }
  | { readonly kind: 'pct'; readonly seed: number; readonly depth: number }
  | { readonly kind: 'bounded' | 'delay'; readonly bound: number }
  | { readonly kind: 'stateful' }
  | { readonly kind: 'dpor'; readonly counts: boolean };

/** One thing to do otherwise in a recorded run. */
export type ChangeShape =
  /** After `step` events this task runs; `keeps`: then the old order goes on as far as it can. */
  | { readonly kind: 'task'; readonly step: number; readonly task: number; readonly keeps: boolean }
  /** The fault that fired at this step does not. */
  | { readonly kind: 'no-fault'; readonly step: number };

/** What a finding looks like in a list. */
export interface FoundShape {
  readonly finding: FindingShape;
  readonly firstAt: number;
  readonly count: number;
  readonly preemptions: number;
  /** What shrinking its schedule came to; absent when it was not shrunk. */
  readonly shrunk?: {
    readonly preemptions: number;
    readonly faults: number;
    readonly steps: number;
    /** No schedule with fewer preemptions comes to the finding. */
    readonly minimal: boolean;
  };
  /** Orders the finding needs: this step before that one. */
  readonly orders?: readonly (readonly [string, string])[];
  /** The same as steps of its shrunk schedule. */
  readonly orderSteps?: readonly (readonly [number, number])[];
  /** Equal for findings with one cause. */
  readonly cause?: string;
}

/** `never reached`: nothing was found, but what the script wants passed never was. */
export type VerdictWord = 'holds' | 'fails' | 'unknown' | 'never reached';

/** The outcome of one cell, without its recorded run. */
export interface CellVerdict {
  readonly cell: CellShape;
  readonly verdict: VerdictWord;
  /** One sentence. */
  readonly sentence: string;
  readonly coverage: string;
  readonly executions: number;
  readonly found: readonly FoundShape[];
  /** Checkers that judged nothing, and marks of `reach` that no run passed. */
  readonly neverReached: readonly string[];
  /** Names of the fault points that fired in some run. */
  readonly fired: readonly string[];
  /** What the script expects here, or empty. */
  readonly expected: string;
  /** Is it what the script expects? Undefined when it says nothing. */
  readonly asExpected?: boolean;
}

/** A run that is kept: everything its timeline, bundle and exports need. */
export interface KeptRun {
  readonly id: string;
  readonly title: string;
  readonly script: string;
  readonly cell: CellShape;
  readonly strategy: StrategyShape;
  readonly verdict: CellVerdict;
  /** The findings of the recorded run. */
  readonly findings: readonly FindingShape[];
  readonly columns: RunColumns;
  readonly log: readonly LogLine[];
  /** Choices as triples (kind, value, options). */
  readonly choices: Uint32Array;
  readonly engine: string;
  /** How the run came about, for example "replayed on v6.12: 11 of 12 switch points met". */
  readonly origin: string;
}

/** A script that comes with the lab. */
export interface GalleryEntry {
  /** The gallery tells stories; the zoo holds every known bug by its number. */
  readonly group: 'gallery' | 'zoo';
  readonly id: string;
  readonly title: string;
  readonly story: string;
  readonly script: string;
}

/** A mistake in a script. Lines and columns count from 1. */
export interface ProblemShape {
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** A place in model or script source. */
export interface PlaceShape {
  readonly fn: string;
  readonly file: string;
  readonly line: number;
}

/** State of everything after a step. */
export interface InspectorState {
  readonly step: number;
  readonly label: string;
  readonly task: string;
  readonly place: PlaceShape;
  readonly scriptLine: number;
  readonly stack: readonly (PlaceShape & { readonly script: boolean })[];
  readonly tasks: readonly {
    readonly id: number;
    readonly name: string;
    readonly context: string;
    readonly state: string;
    readonly next: string;
    /** Could it have performed its announced op as the next step? */
    readonly runnable: boolean;
    readonly stack: readonly PlaceShape[];
  }[];
  /** Names of the objects that the step changed. */
  readonly changed: readonly string[];
  readonly locks: readonly {
    readonly name: string;
    readonly owner: string;
    readonly waiters: readonly string[];
  }[];
  readonly objects: readonly {
    readonly name: string;
    readonly kind: string;
    readonly fields: readonly (readonly [string, string])[];
  }[];
}

/** An arrow between two steps. */
export interface FlowShape {
  readonly from: number;
  readonly to: number;
  readonly kind: string;
}

/** Arrows between steps as columns; `kind` is an index into `kinds`. */
export interface FlowColumns {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly kind: Uint32Array;
  readonly kinds: readonly string[];
}

/**
 * One row of the timeline, as columns. Steps count from 1; a span begins with the state after step
 * `from[i]` and ends with step `to[i]`, `text[i]` is an index into the run's strings. Points are the value
 * from step `at[i]` on.
 */
export interface TrackShape {
  readonly id: string;
  readonly kind: 'task' | 'lock' | 'object' | 'counter';
  readonly name: string;
  readonly group: string;
  /** Task id, or -1. */
  readonly task: number;
  /** CPU that the task needs, or -1. */
  readonly cpu: number;
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly text: Uint32Array;
  readonly at: Uint32Array;
  readonly value: NumberColumn;
}

/** What could have happened after a step. */
export interface OpenChoices {
  /** Events before the choice. */
  readonly step: number;
  /** The task that ran; -1 when the run ended here. */
  readonly taken: number;
  readonly tasks: readonly {
    readonly id: number;
    readonly name: string;
    readonly context: string;
    /** What it would do next, or empty. */
    readonly next: string;
    readonly runnable: boolean;
    /** Why it could not run; empty when it could. */
    readonly reason: string;
  }[];
  /** Faults that fired at the step that was taken: each can be held back. */
  readonly faults: readonly { readonly step: number; readonly text: string }[];
}

/** A field whose value differs between two moments. */
export interface ChangedField {
  readonly thing: string;
  readonly kind: string;
  readonly field: string;
  readonly was: string;
  readonly is: string;
}

/** One side of a pair in the ledger. */
export interface LedgerSide {
  readonly step: number;
  readonly task: string;
  readonly fn: string;
  readonly op: string;
}

/** Something taken and given back, or not. */
export interface LedgerPair {
  readonly sort: 'reference' | 'lock' | 'memory' | 'work' | 'request' | 'mapping' | 'list';
  readonly thing: string;
  /** Null: given back without having been taken in this run. */
  readonly open: LedgerSide | null;
  /** Null: never given back in this run. */
  readonly close: LedgerSide | null;
}

/** A page request and what became of it. */
export interface RequestShape {
  readonly step: number;
  readonly device: string;
  readonly index: string;
  readonly pasid: string;
  /** Asks for a response. */
  readonly last: boolean;
  /** 0: not. */
  readonly queuedAt: number;
  readonly answeredAt: number;
  readonly answeredBy: string;
  readonly code: string;
  /** Virtual nanoseconds from request to response; -1 without one. */
  readonly tookNs: number;
  /** One word for people: answered, outstanding, never, no answer wanted, lost, refused. */
  readonly fate: string;
  /** Steps of invalidations of the device between request and response. */
  readonly crossed: readonly number[];
}

/** The I/O page fault path at a step. */
export interface IopfShape {
  readonly step: number;
  readonly rings: readonly {
    readonly name: string;
    readonly fields: readonly (readonly [string, string])[];
  }[];
  readonly lists: readonly { readonly name: string; readonly entries: string }[];
  readonly groups: readonly {
    readonly name: string;
    readonly state: string;
    readonly faults: string;
  }[];
  readonly outstanding: readonly {
    readonly device: string;
    readonly pasid: string;
    readonly count: number;
  }[];
  readonly requests: readonly RequestShape[];
}

/** A step of one of two compared runs. */
export interface ComparedStep {
  readonly step: number;
  readonly task: string;
  readonly fn: string;
  readonly text: string;
}

/** How two runs differ; pairs are columns of step numbers. */
export interface ComparisonShape {
  readonly pairA: Uint32Array;
  readonly pairB: Uint32Array;
  readonly onlyA: readonly ComparedStep[];
  readonly onlyB: readonly ComparedStep[];
  readonly parting: { readonly a: ComparedStep | null; readonly b: ComparedStep | null } | null;
  readonly state: {
    readonly a: ComparedStep;
    readonly b: ComparedStep;
    readonly was: readonly [string, string];
  } | null;
  /** One sentence that claims no more than was run. */
  readonly sentence: string;
}

/** A note of the reader: about a step, a range of steps, or a link between two steps. */
export interface NoteShape {
  readonly step: number;
  /** Another step: end of the range or of the link; 0 for neither. */
  readonly to: number;
  readonly sort: 'note' | 'range' | 'link';
  readonly text: string;
}

/** What a reader thinks of a run: never part of the claim. */
export interface OpinionShape {
  readonly notes: readonly NoteShape[];
  /** Tracks by id. */
  readonly pinned: readonly string[];
  readonly hidden: readonly string[];
  readonly grouping: 'task' | 'cpu' | 'object';
  readonly axis: 'step' | 'time';
}

/** Told now and then how far long work is: `done` of `total`, in whatever it counts. */
export type OnMade = (done: number, total: number) => void;
