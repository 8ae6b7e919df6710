// The race diagram as both sides know it: what is in it, what could be, and what a text of one means.

/** What a diagram shows. */
export interface RaceOrder {
  /** Columns are tasks; or processors, and the devices beside them. */
  readonly by: 'task' | 'cpu';
  /** Names of the columns, from the left, four at most. */
  readonly columns: readonly string[];
  /** Its steps, ascending; those that belong to no column are not shown. */
  readonly steps: readonly number[];
}

/** What the window asks for; null where the lab is to suggest. */
export interface RaceAsk {
  readonly by: RaceOrder['by'];
  readonly columns: readonly string[] | null;
  readonly steps: readonly number[] | null;
  /** Only these steps, both ends included. */
  readonly range: { readonly from: number; readonly to: number } | null;
}

/** Names above a rule of dashes, and a call below: so begins a diagram, quoted or not. */
const HEAD = /^(?:> ?)*\s*\S.*\r?\n(?:> ?)*\s*-{2,}(?: +-{2,})*\s*\r?\n(?:> ?)*\s*\S.*\)?\s*$/m;

/** Is a text a race diagram, or does it hold one? */
export function looksLikeRace(text: string): boolean {
  return HEAD.test(text) && /\w\(\)/.test(text);
}

/** A diagram, and what else could be in it. */
export interface RaceShape {
  readonly order: RaceOrder;
  readonly text: string;
  /** All columns of the run, busy ones first. */
  readonly columns: readonly string[];
  /** Steps that could stand in the chosen columns. */
  readonly rows: readonly RaceRow[];
}

export interface RaceRow {
  readonly step: number;
  readonly column: string;
  readonly text: string;
}

/** What a pasted diagram says of a run. */
export interface RaceReading {
  readonly order: RaceOrder;
  /** Lines that fit no step, by number and text. */
  readonly strangers: readonly { readonly line: number; readonly text: string }[];
}
