// What one search of states tells the others, and what it is told by them. Numbers of lists, words, steps and places
// are the search's own; a message explains those that are new in it.
import type { Footprints } from '../core/footprint';
import { twice } from '../core/twice';
import { type Position, translated } from './position';
import { StateSet } from './state-set';
import {
  END,
  FOUND,
  Lists,
  NEWS,
  RECORD,
  STEP,
  StepNames,
  StepTable,
  THEN,
  TOUCHES,
  Words,
} from './step-book';

/** What a search tells others: plain data. */
export interface ToldSteps {
  /** What the search knew of what ops look at: what is told holds only for those that know the same. */
  readonly level: string;
  readonly steps: readonly (readonly [before: number, value: number])[];
  readonly options: readonly (readonly number[])[];
  /** Of each touch: number of the thing, name of the field, mode. */
  readonly touches: readonly (readonly (number | string)[])[];
  readonly words: readonly (readonly string[])[];
  readonly records: Int32Array;
  /** States that the search has come to, two numbers each. A scout tells of none. */
  readonly visited: Int32Array;
  /** Where the search is; empty for a scout: see `Position`. */
  readonly position: readonly number[];
}

/** The number of the search; scouts have others. */
export const SEARCH = 0;

/** Who takes part in an exchange. */
export interface Member {
  /** Where the search is; empty for a scout. */
  position(x: StepExchange): Position;
  /** The search knows something else of what ops look at. */
  adopt(level: string): void;
}

/** What numbers of another search are here. */
class Translation {
  readonly steps: number[] = [];
  readonly options: number[] = [];
  readonly touches: number[] = [];
  readonly words: number[] = [0];
}

/** Written in full so far. */
interface Explained {
  steps: number;
  options: number;
  touches: number;
  words: number;
}

/** What a search knows of where steps lead, by itself and from others. */
export class StepExchange {
  readonly steps = new StepNames();
  readonly options = new Lists();
  readonly touches = new Lists();
  readonly words = new Words();
  private readonly tables = new Map<string, StepTable>();
  private readonly others = new Map<number, Translation>();
  private readonly explained: Explained = { steps: 0, options: 0, touches: 0, words: 1 };
  private level = '';
  private out = new Int32Array(RECORD << 10);
  private n = 0;
  /** Records of the present level. */
  table = new StepTable();
  /** States that the search has come to since the last message. */
  readonly visited: number[] = [];
  /** Where the search was when it told so last; null when that is known already. */
  position: Position | null = null;
  /** Steps that were known here when they were told. */
  twice = 0;
  /** States that the search has come to. */
  done = new StateSet();

  constructor(
    private readonly footprints: Footprints,
    private readonly member: Member,
  ) {}

  /** What ops look at is known differently from now on: what has not been told yet is not told. */
  begin(level: string): void {
    this.level = level;
    this.n = 0;
    this.visited.length = 0;
    this.position = null;
    this.done = new StateSet();
    this.table = this.tables.get(level) ?? new StepTable();
    this.tables.set(level, this.table);
  }

  /**
   * Write down where a step leads.
   * @returns where in `records` it begins
   */
  tell(high: number, low: number, step: number, then: number): number {
    const at = this.n++ * RECORD;
    if (at + RECORD > this.out.length) this.out = twice(this.out);
    const { out } = this;
    out[at] = high;
    out[at + 1] = low;
    out[at + STEP] = step;
    out[at + THEN] = then;
    for (let k = THEN + 1; k < RECORD; k++) out[at + k] = 0;
    return at;
  }

  /** What has been written down and not been told. */
  get records(): Int32Array {
    return this.out;
  }

  /** All that has not been told yet; null when there is nothing. */
  message(): ToldSteps | null {
    if (this.n === 0 && this.visited.length === 0) return null;
    const { explained, footprints, level } = this;
    const position = this.member.position(this);
    const visited = Int32Array.from(this.visited);
    this.visited.length = 0;
    const steps = this.steps.all.slice(explained.steps);
    const options = this.options.all.slice(explained.options);
    const touches = this.touches.all.slice(explained.touches).map((l) => footprints.spelled(l));
    const words = this.words.all.slice(explained.words);
    explained.steps += steps.length;
    explained.options += options.length;
    explained.touches += touches.length;
    explained.words += words.length;
    const records = this.out.slice(0, this.n * RECORD);
    this.n = 0;
    return { level, steps, options, touches, words, records, visited, position };
  }

  /**
   * Take over what another search has told.
   * @param from which one: its messages have to come in their order
   */
  hear(from: number, told: ToldSteps): void {
    let t = this.others.get(from);
    if (t === undefined) {
      t = new Translation();
      this.others.set(from, t);
    }
    for (const [before, value] of told.steps) {
      t.steps.push(this.steps.of(before < 0 ? -1 : (t.steps[before] as number), value));
    }
    for (const list of told.options) t.options.push(this.options.of(list));
    for (const list of told.touches) t.touches.push(this.touches.of(this.footprints.read(list)));
    for (const list of told.words) t.words.push(this.words.of(list));
    let table = this.tables.get(told.level);
    if (table === undefined) {
      table = new StepTable();
      this.tables.set(told.level, table);
    }
    if (from === SEARCH && told.level !== this.level) this.member.adopt(told.level);
    if (from === SEARCH && told.level === this.level) this.hearOfSearch(told, t);
    const { records } = told;
    for (let at = 0; at < records.length; at += RECORD) {
      const then = records[at + THEN] as number;
      records[at + STEP] = t.steps[records[at + STEP] as number] as number;
      if (then > END) records[at + THEN] = t.options[then] as number;
      records[at + TOUCHES] = t.touches[records[at + TOUCHES] as number] as number;
      records[at + FOUND] = t.words[records[at + FOUND] as number] as number;
      records[at + NEWS] = t.words[records[at + NEWS] as number] as number;
      if (!table.add(records, at)) this.twice++;
    }
  }

  private hearOfSearch({ visited, position: p }: ToldSteps, t: Translation): void {
    for (let i = 0; i < visited.length; i += 2) {
      this.done.meet(visited[i] as number, visited[i + 1] as number, 0);
    }
    if (p.length === 0) return;
    this.position = translated(p, t.options, t.touches);
  }
}
