// Helps a search of states: goes over the states that the search will come to, and tells where steps lead, so that the
// search need not perform them. What it tells are facts about states: they hold whoever finds them, and whether they come
// early, late or not at all makes no difference to what the search finds and counts.
//
// The search tells where it is and which states it has come to. A scout goes on from a decision further up on the
// search's stack, with the options that are left there: that is where the search will be soon, even if it ends before it has
// seen everything. How far up, it learns: what it performs just before or after the search was in vain.
import type { Machine } from '../core/machine';
import { type Position, readPosition } from './position';
import type { Program } from './program';
import { type Decision, StateSearch } from './state-search';
import { StateSet } from './state-set';
import { END, THEN, TOUCHES } from './step-book';
import type { StepExchange } from './step-exchange';

/** Executions that need not be run at most, before others are listened to. */
const PATIENCE = 1000;
/** Decisions with options left that a scout is ahead of the search at first. */
const AHEAD = 4;
/** Steps that are told before it is looked at how many were in vain. */
const TRIED = 300;
/** Share of steps in vain above which a scout goes further ahead, and below which it comes nearer. */
const TOO_NEAR = 0.1;
const TOO_FAR = 0.05;
/** Steps that are told before a scout looks for something nearer, and how many for each execution that was known. */
const LONG = 500;
const FOR_KNOWN = 0.25;

/** Performs steps that a search will want to know. */
export class Scout extends StateSearch {
  /** What it has to tell, and is told. */
  readonly steps: StepExchange;
  /** Decisions of the search, where it was when the scout went ahead. */
  private theirs: readonly Decision[] = [];
  /** How many of them are on the stack still. */
  private shared = 0;
  private ahead: number;
  /** Steps told since it was last looked at how many were in vain. */
  private tried = 0;
  /** Steps told since it went ahead, and executions that were known. */
  private told = 0;
  private recalled = 0;
  /** Of the run, before the present step. */
  private fired = 0;
  private logged = 0;

  /**
   * @param turn which of several scouts: each begins further ahead
   * @param reach marks that somebody waits for
   */
  constructor(
    turn: number,
    private readonly reach: readonly string[],
  ) {
    super();
    this.steps = this.share();
    this.ahead = AHEAD * (turn + 1);
  }

  /**
   * Perform a step that nobody has told of, or come nearer to one.
   * @returns false when there is none, until the search has gone on
   */
  advance(m: Machine, program: Program): boolean {
    if (this.steps.position !== null) this.see(this.steps.position);
    for (let i = 0; i < PATIENCE; i++) {
      if (this.stack.length === 0) return false;
      const isKnown = this.walk(this.steps, () => true) >= 0;
      const outcome = isKnown ? 'cut' : this.run(m, program);
      this.next(m, outcome);
      this.shared = Math.min(this.shared, this.stack.length);
      if (!isKnown) return true;
      this.recalled++;
    }
    return true;
  }

  override adopt(level: string): void {
    this.learn(level);
  }

  protected override startAgain(): void {
    super.startAgain();
    this.shared = 0;
  }

  /** Where the search has been there is nothing to do for others. */
  protected override meetState(high: number, low: number, asleep: number): number {
    return this.steps.done.has(high, low) ? 0 : super.meetState(high, low, asleep);
  }

  protected override recorded(at: number): void {
    this.tried++;
    this.told++;
    this.steps.table.add(this.steps.records, at);
  }

  protected override lastStep(m: Machine): void {
    this.fired = m.fired.size;
    this.logged = m.log.length;
    for (const w of m.watches) w.reached = false;
  }

  protected override news(m: Machine): number {
    const out: string[] = [];
    if (m.fired.size > this.fired) {
      for (const f of [...m.fired].slice(this.fired)) out.push(`fired ${f}`);
    }
    for (const { text } of m.log.slice(this.logged)) {
      if (this.reach.includes(text)) out.push(`passed ${text}`);
    }
    for (const w of m.watches) if (w.reached) out.push(`reached ${w.name}`);
    return this.steps.words.of(out);
  }

  /** The search is here now: go ahead of it, unless it has not come to where the scout is. */
  private see(position: Position): void {
    this.steps.position = null;
    const theirs = readPosition(position, this.steps);
    const isBehind = this.theirs.slice(0, this.shared).every((d, i) => isSame(d, theirs[i]));
    const isLong = this.told >= Math.max(LONG, this.recalled * FOR_KNOWN);
    if (this.shared > 0 && isBehind && !isLong) return;
    this.judge();
    this.theirs = theirs;
    this.goAhead(theirs.slice(0, this.cut(theirs)));
  }

  /** How near was too near? */
  private judge(): void {
    if (this.tried < TRIED) return;
    const vain = this.steps.twice / this.tried;
    if (vain > TOO_NEAR) this.ahead += 2;
    else if (vain < TOO_FAR && this.ahead > 0) this.ahead--;
    this.tried = 0;
    this.steps.twice = 0;
  }

  /** How many of the decisions of the search are kept: the last one has options left. */
  private cut(theirs: readonly Decision[]): number {
    let kept = 0;
    let ahead = this.ahead;
    for (let n = theirs.length; n > 0 && ahead >= 0; n--) {
      const { at, options } = theirs[n - 1] as Decision;
      if (at + 1 === options.length) continue;
      kept = n;
      ahead--;
    }
    return kept;
  }

  private goAhead(kept: readonly Decision[]): void {
    const { stack, steps: x } = this;
    let n = 0;
    while (n < kept.length && isSame(kept[n] as Decision, stack[n])) n++;
    // An op with another answer to one of its fault choices is another op.
    while (n > 0 && (kept[n]?.step ?? 0) < 0) n--;
    const before = kept.slice(0, n).map((d) => d.step + 1);
    this.repeatFrom(Math.max(0, ...before));
    stack.length = 0;
    for (const d of kept) {
      const top = { ...d, sleep: [...d.sleep] };
      stack.push(top);
      // What the search tries now sleeps in what it tries later.
      const r = this.lookUp(x);
      const { records } = x.table;
      if (d.step < 0 || r < 0 || (records[r + THEN] as number) < END) continue;
      top.print = x.touches.all[records[r + TOUCHES] as number] as number[];
    }
    this.told = 0;
    this.recalled = 0;
    this.visited = new StateSet();
    this.decideOtherwise();
    this.shared = stack.length;
  }
}

/** Are these decisions about the same, and is the same chosen? */
function isSame(a: Decision, b: Decision | undefined): boolean {
  if (b === undefined || a.high !== b.high || a.low !== b.low || a.step !== b.step) return false;
  return a.options[a.at] === b.options[b.at];
}
